"""Looks at Home Assistant: the current states of all entities at each tick, and when asked."""

from collections import deque
from collections.abc import Callable

from services.collector.assemble import observe_all, stored_units
from services.collector.context import Context
from services.collector.home_assistant import NotFound
from services.collector.job import Held, Job, Purpose, jitter
from services.collector.listener import Listener
from services.collector.peer import Peer
from services.collector.picture import Picture
from services.collector.readings import Readings, units_of
from services.collector.schedule import Schedule
from services.collector.ticks import Ticks
from services.collector.watch import Watch
from shared.errors import MonitorError
from shared.messages import Request, encode_reading
from shared.reading import Reading

SETTLE_S = 6.0  # the recorder commits every 5 s, so the last seconds are not in history at once
_COLLECT_WITHIN_S = 10.0
_LIVE_PAUSE_S = 30.0  # after a failure: live values must not hold up what is kept
_BEFORE_A_TICK_S = 2.0


class Sampler:
    """Turns ticks and requests into held states, one request to Home Assistant a step.

    `on_gap` is called when Home Assistant is back; used by one thread.
    """

    def __init__(
        self,
        context: Context,
        peer: Peer,
        listener: Listener,
        readings: Readings,
        on_gap: Callable[[], None],
    ) -> None:
        self._context = context
        self._peer = peer
        self._listener = listener
        self._readings = readings
        self._on_gap = on_gap
        self._watch = Watch(context)
        self._schedule = Schedule(context.ticks)
        live_s = context.config.data.live_interval_s
        self._live = Schedule(Ticks(context.zone, live_s)) if live_s else None
        self._live_from = float("-inf")  # monotonic
        self._requests: deque[Request] = deque()
        self._job: Job | None = None

    def collect(self, request: Request) -> None:
        """Take a reading as soon as possible, and answer with it."""
        if self._peer.refusal and not self._context.power_is_heard:
            raise self._peer.refusal
        self._requests.append(request)

    def step(self) -> float:
        """Ask Home Assistant for at most one thing; return the seconds until something is due."""
        now, monotonic = self._context.now(), self._context.monotonic()
        if self._job is None:
            self._job = self._begin(now, monotonic)
        if self._job and self._job.retry_at <= monotonic:
            self._read(self._job)
            return 0.0
        if self._readings.due() <= monotonic:
            self._readings.release()
            return 0.0
        return self._wait(now, monotonic)

    @property
    def has_time(self) -> bool:
        """Whether something that may take long can be begun: no tick or history is due soon."""
        if self._job or self._schedule.following is None:
            return False
        margin = min(_BEFORE_A_TICK_S, self._context.interval_s / 4)
        if self._schedule.following - self._context.now() <= margin:
            return False
        return self._readings.due() - self._context.monotonic() > margin

    def settled_until(self) -> float:
        """Return the tick up to which readings have been taken; later ones are not missing yet."""
        ticks, now = self._context.ticks, self._context.now()
        pending = [self._job.at] if self._job and self._job.purpose is not Purpose.LIVE else []
        if self._readings.earliest_held is not None:
            pending.append(self._readings.earliest_held)
        if pending:
            return ticks.before(min(pending))
        settled = now - max(self._schedule.lateness_s, SETTLE_S)
        return ticks.at_or_before(max(settled, self._readings.newest))

    def close(self) -> None:
        """Answer those who still wait for a reading."""
        stopping = MonitorError("the collector is stopping", hint="try again in a minute")
        if self._job and self._job.request:
            self._requests.append(self._job.request)
        while self._requests:
            self._context.outlet.respond(self._requests.popleft(), stopping)

    def _begin(self, now: float, monotonic: float) -> Job | None:
        tick = self._schedule.due(now)
        live = self._live.due(now) if self._live else None
        if not self._peer.ready and not self._context.power_is_heard:
            self._refuse_requests()
            if tick is not None:
                self._readings.tell_voltage(tick)
            return None
        if tick is not None:
            deadline = monotonic + self._schedule.lateness_s - (now - tick)
            return self._look(Purpose.TICK, tick, deadline)
        if self._requests and int(now) > self._readings.newest:
            job = self._look(Purpose.COLLECT, float(int(now)), monotonic + _COLLECT_WITHIN_S)
            job.request = self._requests.popleft()
            return job
        if live is not None and monotonic >= self._live_from:
            return self._look(Purpose.LIVE, live, monotonic)
        return None

    def _look(self, purpose: Purpose, at: float, deadline: float) -> Job:
        metrics = self._context.metrics if self._peer.ready else ()
        return Job(purpose, at, deque(metrics), deadline)

    def _refuse_requests(self) -> None:
        while self._requests and self._peer.refusal:
            self._context.outlet.respond(self._requests.popleft(), self._peer.refusal)

    def _read(self, job: Job) -> None:
        if not job.todo:
            self._job = None
            self._hold(job)
            return
        metric = job.todo[0]
        try:
            job.states[metric.name] = self._context.source.state(metric.entity)
        except NotFound:
            job.states[metric.name] = None
        except MonitorError as error:
            self._read_failed(job, error)
            return
        job.todo.popleft()
        if not job.todo:
            self._job = None
            self._looked(job)

    def _read_failed(self, job: Job, error: MonitorError) -> None:
        monotonic = self._context.monotonic()
        if job.may_retry(error, monotonic, jitter()):
            return
        self._job = None
        self._live_from = monotonic + _LIVE_PAUSE_S
        self._peer.failed(error)
        if self._context.power_is_heard:
            job.states.clear()
            self._hold(job)
        elif job.purpose is Purpose.TICK:
            self._readings.tell_voltage(job.at)
        elif job.request:
            self._context.outlet.respond(job.request, error)

    def _looked(self, job: Job) -> None:
        if self._peer.answered():
            self._on_gap()
        self._peer.note_skew()
        self._watch.look(job.states, observe_all(self._context.metrics, job.states))
        self._hold(job)

    def _hold(self, job: Job) -> None:
        self._tell_live(job)
        if job.purpose is Purpose.LIVE:
            return
        monotonic, now = self._context.monotonic(), self._context.now()
        settle = SETTLE_S if job.purpose is Purpose.TICK and job.states else 0.0
        due = monotonic + min(max(0.0, job.at + settle - now), SETTLE_S)
        self._readings.hold(Held(job.at, job.states, due, job.deadline, job.request))

    def _tell_live(self, job: Job) -> None:
        if self._live is None:
            return
        metrics, at = self._context.metrics, job.at
        observations = observe_all(metrics, job.states)
        values = {name: observation.value for name, observation in observations.items()}
        picture = Picture(at, at, values, stored_units(metrics, units_of(job.states)), {}, {})
        picture.add_steps(self._listener.steps(at), self._listener.units)
        picture.derive(self._context.composites)
        reading = Reading(at, picture.values, picture.units)
        payload = encode_reading(reading, self._context.zone)
        self._context.outlet.publish(self._context.outlet.topics.live, payload, qos=0)

    def _wait(self, now: float, monotonic: float) -> float:
        waits = [self._readings.due() - monotonic]
        waits += [
            schedule.following - now
            for schedule in (self._schedule, self._live)
            if schedule and schedule.following is not None
        ]
        if self._job:
            waits.append(self._job.retry_at - monotonic)
        return max(0.0, min(waits))
