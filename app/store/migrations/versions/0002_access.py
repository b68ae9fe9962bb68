"""API keys, the shared secret of sessions, and what limits are counted by."""

import sqlalchemy as sa
from alembic import op

revision = "0002_access"
down_revision = "0001_tasks"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("last_used", sa.BigInteger),
        sa.Column("revoked", sa.BigInteger),
    )
    op.create_table(
        "access_secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "access_rates",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("due", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "access_tasks",
        sa.Column("task_id", sa.Text, sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
    )
    op.create_index("access_tasks_by_subject", "access_tasks", ["subject"])
    op.create_table(
        "access_streams",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("access_streams_by_subject", "access_streams", ["subject"])
    op.create_index("access_streams_by_process", "access_streams", ["process"])


def downgrade() -> None:
    """Remove them: keys have to be made anew, and people to sign in again."""
    for table in ("access_streams", "access_tasks", "access_rates", "access_secrets", "api_keys"):
        op.drop_table(table)
