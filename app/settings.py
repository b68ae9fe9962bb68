"""What the environment says, read and checked once at start.

`Settings.read` never stops at the first mistake: it collects all of them, so that one failed start is enough to mend
a configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.environment import ROLES, Problem, Reader, Role
from app.observe import variables

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")

ACCESS = ("open", "keys")
METRICS = ("internal", "public")
A2A_REVISIONS = ("1.0.0", "1.0.1")


class SettingsError(Exception):
    """The environment cannot be used; `problems` holds every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """The application's configuration; each field is one environment variable in upper case."""

    agent_role: Role | None = None
    bind: str = "0.0.0.0:5000"
    proxy_socket: str | None = None
    workers: int = 1
    threads: int = 256
    log_level: str = "info"
    release: str | None = None
    release_digest: str | None = None
    release_image: str | None = None
    revision: str | None = None
    service: str | None = None
    replica: str | None = None
    database_url: str | None = None
    retention_days: int = 30
    # A language model at any endpoint that speaks OpenAI's chat completions; none unless the first two are set.
    llm_base_url: str | None = None
    llm_model: str | None = None
    llm_api_key_file: str | None = None
    llm_timeout_seconds: int = 20
    # For one task, prompts included.
    llm_budget_tokens: int = 16_000
    # Of a million tokens, in the operator's currency.
    llm_prompt_price: float | None = None
    llm_completion_price: float | None = None
    # Which revision of A2A 1.0 gives errors their HTTP statuses.
    a2a_revision: str = "1.0.1"
    metrics: str = "internal"
    traces: bool = False
    # Without a key: everybody (`open`) or nobody (`keys`) may ask.
    access: str = "open"
    # Requests in a minute, tasks and streams at a time, for each address and for each key; 0 is no limit.
    anonymous_requests: int = 600
    anonymous_tasks: int = 16
    anonymous_streams: int = 32
    key_requests: int = 6_000
    key_tasks: int = 128
    key_streams: int = 256

    @property
    def roles(self) -> tuple[Role, ...]:
        """The agents this process plays: one by AGENT_ROLE, else both."""
        return (self.agent_role,) if self.agent_role else ROLES

    @property
    def most_streams(self) -> int:
        """Streams at once: each holds a thread, and the other requests keep an eighth of them."""
        return self.threads - max(1, self.threads // 8)

    @property
    def behind_proxy(self) -> bool:
        """Whether only the proxy can connect, so that its X-Forwarded headers are to be believed."""
        return self.bind.startswith("unix:")

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings of an environment; raises SettingsError with all problems. An empty value counts as not set."""
        reader = Reader({name: value.strip() for name, value in environ.items() if value.strip()})
        settings = cls(
            agent_role=reader.role(),
            bind=reader.bind(cls.bind),
            proxy_socket=reader.socket_path("PROXY_SOCKET"),
            workers=reader.integer("WORKERS", cls.workers, 1, 16),
            threads=reader.integer("THREADS", cls.threads, 2, 512),
            log_level=reader.choice("LOG_LEVEL", LOG_LEVELS) or cls.log_level,
            release=reader.text("RELEASE"),
            release_digest=reader.text("RELEASE_DIGEST"),
            release_image=reader.text("RELEASE_IMAGE"),
            revision=reader.text("REVISION"),
            service=reader.text("SERVICE"),
            replica=reader.text("REPLICA"),
            database_url=reader.database_url(),
            retention_days=reader.integer("RETENTION_DAYS", cls.retention_days, 0, 36_500),
            llm_base_url=reader.url("LLM_BASE_URL"),
            llm_model=reader.text("LLM_MODEL"),
            llm_api_key_file=reader.key_file("LLM_API_KEY_FILE"),
            llm_timeout_seconds=reader.integer("LLM_TIMEOUT_SECONDS", cls.llm_timeout_seconds, 1, 600),
            llm_budget_tokens=reader.integer("LLM_BUDGET_TOKENS", cls.llm_budget_tokens, 1_000, 999_999),
            llm_prompt_price=reader.price("LLM_PROMPT_PRICE"),
            llm_completion_price=reader.price("LLM_COMPLETION_PRICE"),
            a2a_revision=reader.choice("A2A_REVISION", A2A_REVISIONS) or cls.a2a_revision,
            metrics=reader.choice("METRICS", METRICS) or cls.metrics,
            traces=variables.traces(reader),
            access=reader.choice("ACCESS", ACCESS) or cls.access,
            anonymous_requests=reader.integer("ANONYMOUS_REQUESTS", cls.anonymous_requests, 0, 600_000),
            anonymous_tasks=reader.integer("ANONYMOUS_TASKS", cls.anonymous_tasks, 0, 10_000),
            anonymous_streams=reader.integer("ANONYMOUS_STREAMS", cls.anonymous_streams, 0, 10_000),
            key_requests=reader.integer("KEY_REQUESTS", cls.key_requests, 0, 600_000),
            key_tasks=reader.integer("KEY_TASKS", cls.key_tasks, 0, 10_000),
            key_streams=reader.integer("KEY_STREAMS", cls.key_streams, 0, 10_000),
        )
        if settings.agent_role == "planner" and "PROXY_SOCKET" not in reader.values:
            reader.problem(
                "the planner alone cannot reach the solver",
                "AGENT_ROLE=planner and no PROXY_SOCKET",
                "set PROXY_SOCKET to the proxy's internal socket, or unset AGENT_ROLE to run both agents",
            )
        reader.check_model()
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings
