"""Runs tasks in threads of its own, under leases: what a replica that ended left undone, another one takes over."""

import logging
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.agents.feed import Feed
from app.agents.job import CanceledError, ExhaustedError, Job
from app.agents.places import CrowdedError
from app.observe import watched
from app.store.database import UnavailableError
from app.store.tasks import Hold, TaskRecord, TaskStore

__all__ = ["CanceledError", "Job", "Runner", "Work"]

LEASE_SECONDS = 6.0
BEAT_SECONDS = 1.5
# A task that nobody holds is taken up after so long by whoever has room; its maker may be about to.
ABANDONED_SECONDS = 3.0
WORKERS = 16
# Tasks in hand, most of them waiting for a thread: more would wait longer than people do.
MOST_JOBS = 200
# How long a task may take by the agents' own limits: less than gunicorn lets a request go on after SIGTERM.
TASK_SECONDS = 25.0
# What ends a task that does not look whether it may go on; the agents' own limits come first.
JOB_SECONDS = 40.0
# A task that ended the programs that worked on it will end the next one.
MOST_ATTEMPTS = 3

logger = logging.getLogger(__name__)

Work = Callable[[Job], None]


class Runner:
    """Works on the tasks of one agent. `work` settles its job; what it does not settle has failed."""

    def __init__(self, agent: str, store: TaskStore, feed: Feed, work: Work, seconds: float = JOB_SECONDS) -> None:
        self._agent = agent
        self._store = store
        self._feed = feed
        self._work = work
        self._seconds = seconds
        self._jobs: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._pool: ThreadPoolExecutor | None = None
        # Whether it takes up what others left undone; not any more once a stop was asked for.
        self.adopts = True
        self._leaving = False
        self._ended = threading.Event()
        self._down = False
        self._name = ""

    def start(self) -> None:
        """Begin to look after tasks; called in each process after the fork, and harmless when called again."""
        with self._changed:
            if self._pool is None and not self._leaving:
                # Not before the fork: two processes of one name would hold each other's tasks.
                self._name = f"{self._agent}-{uuid.uuid4().hex[:12]}"
                self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix=self._agent)
                # An application that nobody has any more ends with its runner, and so must not be held by this thread.
                looks = threading.Thread(
                    target=_look_after, args=(weakref.ref(self), self._ended), name=f"{self._agent}-leases", daemon=True
                )
                looks.start()

    def hold(self) -> Hold | None:
        """The hold for a task that is being made here, and then given to `begin`; None where others have to do it.

        Raises CrowdedError.
        """
        self.start()
        with self._changed:
            if len(self._jobs) >= MOST_JOBS:
                raise CrowdedError
            return None if self._leaving else Hold(self._name, LEASE_SECONDS)

    def begin(self, record: TaskRecord) -> None:
        """Work soon on a task that was made with this runner's hold."""
        job = Job(record, self._store, self._feed, self._name, self._seconds)
        with self._changed:
            if self._pool is None or self._leaving:
                # The stop came in between: its lease runs out, and another replica takes it.
                return
            self._jobs[record.id] = job
            self._pool.submit(self._do, job)

    def cancel(self, task_id: str) -> None:
        """Tell a task's work, if it is done here, to end before its next step."""
        with self._changed:
            if job := self._jobs.get(task_id):
                job.canceled.set()

    def stop(self, seconds: float) -> None:
        """Take no more tasks, wait for those under way, and let go of what is left for another replica."""
        with self._changed:
            self._leaving = True
            # Their leases are renewed meanwhile.
            self._changed.wait_for(lambda: not self._jobs, max(0.0, seconds))
            left = list(self._jobs.values())
        self._ended.set()
        for job in left:
            job.canceled.set()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        if left:
            try:
                self._store.leases.release([job.record.id for job in left], self._name)
            except UnavailableError as error:
                logger.warning("tasks wait until their leases run out", extra={"fields": {"reason": str(error)}})

    def _do(self, job: Job) -> None:
        job.began = time.monotonic()
        try:
            with watched.task(self._agent, job.record.id, job.record.request):
                self._attempt(job)
        except CanceledError:
            logger.info("a task is no longer worked on here", extra={"fields": {"task_id": job.record.id}})
        except UnavailableError as error:
            # Its lease runs out, and whoever reaches the database first goes on.
            fields = {"task_id": job.record.id, "reason": str(error)}
            logger.warning("a task waits for the database", extra={"fields": fields})
        except Exception:
            logger.exception("a task could not be settled", extra={"fields": {"task_id": job.record.id}})
        finally:
            self._drop(job)

    def _attempt(self, job: Job) -> None:
        if job.record.attempts > MOST_ATTEMPTS:
            _fail(job, "given_up", 500, "This was begun several times and never came to an end.")
            return
        job.settle("working", text="" if job.record.state == "submitted" else "Another replica goes on with this.")
        try:
            self._work(job)
        except ExhaustedError as error:
            _fail(job, error.code, error.status, str(error))
        except (CanceledError, UnavailableError):
            raise
        except Exception:
            logger.exception("a task failed", extra={"fields": {"task_id": job.record.id}})
            _fail(job, "internal", 500, "Something went wrong here; it has been logged.")
        else:
            if not job.settled:
                logger.error("a task's work ended without an answer", extra={"fields": {"task_id": job.record.id}})
                _fail(job, "internal", 500, "This ended without an answer; it has been logged.")

    def _drop(self, job: Job) -> None:
        with self._changed:
            if self._jobs.get(job.record.id) is job:
                del self._jobs[job.record.id]
                self._changed.notify_all()

    def look_after(self) -> None:
        """Renew the leases of its tasks, end those that hang, and take up what others left undone."""
        try:
            self._renew()
            self._end_overdue()
            self._adopt()
            self._down = False
        except UnavailableError as error:
            if not self._down:
                logger.warning("cannot look after tasks", extra={"fields": {"reason": str(error)}})
            self._down = True
        except Exception:
            # Looking once must not be looking for the last time: leases would run out, and tasks be done twice.
            logger.exception("could not look after tasks")

    def _renew(self) -> None:
        with self._changed:
            mine = list(self._jobs.values())
        if mine:
            held = self._store.leases.renew([job.record.id for job in mine], Hold(self._name, LEASE_SECONDS))
            for job in mine:
                if job.record.id not in held and not job.settled:
                    # Canceled by its person at another replica, or taken over.
                    job.canceled.set()

    def _end_overdue(self) -> None:
        with self._changed:
            overdue = [job for job in self._jobs.values() if job.overdue > BEAT_SECONDS]
        for job in overdue:
            logger.error("a task hangs, and is given up", extra={"fields": {"task_id": job.record.id}})
            try:
                _fail(job, "too_slow", 504, f"This took longer than the {job.seconds:.0f} s that a task may.")
            except CanceledError:
                pass
            finally:
                job.canceled.set()
                self._drop(job)

    def _adopt(self) -> None:
        with self._changed:
            free = 0 if self._leaving or not self.adopts else WORKERS - len(self._jobs)
            mine = set(self._jobs)
        if free <= 0:
            return
        for task_id in self._store.leases.abandoned(self._agent, ABANDONED_SECONDS, free):
            # One of this runner's own was only renewed too late.
            record = None if task_id in mine else self._store.leases.claim(task_id, Hold(self._name, LEASE_SECONDS))
            if record is not None:
                logger.warning("took over a task that was left undone", extra={"fields": {"task_id": task_id}})
                self.begin(record)


def _fail(job: Job, code: str, status: int, message: str) -> None:
    job.settle("failed", {"error": {"code": code, "status": status, "message": message}}, message)


def _look_after(known: weakref.ref[Runner], ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        runner = known()
        if runner is None:
            return
        runner.look_after()
        del runner
