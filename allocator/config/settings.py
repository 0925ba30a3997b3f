"""The settings of the application: INI text to frozen `Settings`, with the same care as the portfolio file.

The user's guide is `docs/settings.md`, the file with every default `configs/allocator.ini`. Imported by its own name
(`allocator.config.settings`): it stands on numpy's nouns, which reading a portfolio file does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from allocator.config import settings_values as values
from allocator.config.findings import BadValueError, Findings, Place
from allocator.config.layers import one_layer
from allocator.config.lookup import Lookup
from allocator.config.message_settings import Messaging, read_messaging
from allocator.config.reading import fetch, read_file
from allocator.config.secrets import Secret, secret
from allocator.config.serve_settings import LoopSettings, ServeSettings, read_loop, read_serve
from allocator.config.settings_words import SETTINGS
from allocator.config.values import share, yes_or_no
from allocator.core.bars import Interval
from allocator.core.text import text

VARIABLE = "ALLOCATOR_CONFIG"
FILE_NAME = "allocator.ini"


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the store is. None: in the user's data directory. `password` is for PostgreSQL."""

    url: str | None = None
    password: Secret | None = None

    def address(self, environ: Mapping[str, str] | None = None) -> str | None:
        """The url with its password in it, for who opens the store and nobody else.

        Raises: `ConfigError` when the password is not where it should be.
        """
        if self.url is None or self.password is None:
            return self.url
        scheme, _, rest = self.url.partition("://")
        user, _, place = rest.partition("@")
        return f"{scheme}://{user}:{quote(self.password.resolve(environ), safe='')}@{place}"


@dataclass(frozen=True, slots=True)
class RefreshSettings:
    """How and when the market is asked for its history."""

    ready: time = time(1)  # Moscow; the day's data is whole from then on
    rate: float = 30.0  # requests per second, once the burst is spent
    burst: int = 600  # requests that may be made at once: about a nightly increment
    connections: int = 4
    since: date = date(2015, 1, 1)
    intervals: tuple[Interval, ...] = (Interval.DAY, Interval.HOUR)
    hourly_source: str = "MOEX"  # or ALGOPACK
    proxy: str | None = None
    portfolios: tuple[Path, ...] = ()  # whose holdings are reminded of dividends that nobody knows


@dataclass(frozen=True, slots=True)
class AlgopackSettings:
    """The exchange's service of detailed data."""

    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class UniverseSettings:
    """Which securities qualify. Days are trading days."""

    min_history: int = 421  # POptimizer: 390 days to learn from + 2 x 1 of forecast + 30 of tests - 1
    holding_days: int = 21
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DividendSettings:
    """`tax` is a share, 0..1; `backups` how many files are kept."""

    tax: Decimal = Decimal("0.13")
    backups: int = 30


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Copies of the whole store. `folder` None: beside the store; `keep` is how many files are kept."""

    folder: Path | None = None
    keep: int = 14
    daily: bool = True  # one before the first refresh of a day


@dataclass(frozen=True, slots=True)
class ForecastSettings:
    """How models are trained and asked. None: as many `workers` as cores; `models` beside the store; `horizon` by the
    log of trades (`app.forecast_horizon`).

    `workers` is a number of processes, or where Ray is (`core.workers`).
    """

    interval: Interval = Interval.DAY
    horizon: int | None = None  # bars ahead
    workers: int | str | None = None
    device: str = "cpu"
    models: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; `path` is the file that they come from, None for defaults."""

    path: Path | None = None
    store: StoreSettings = field(default_factory=StoreSettings)
    refresh: RefreshSettings = field(default_factory=RefreshSettings)
    algopack: AlgopackSettings = field(default_factory=AlgopackSettings)
    universe: UniverseSettings = field(default_factory=UniverseSettings)
    dividends: DividendSettings = field(default_factory=DividendSettings)
    forecast: ForecastSettings = field(default_factory=ForecastSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    messaging: Messaging = field(default_factory=Messaging)
    serve: ServeSettings = field(default_factory=ServeSettings)
    loop: LoopSettings = field(default_factory=LoopSettings)


def load_settings(path: Path | None, *, environ: Mapping[str, str]) -> Settings:
    """The settings of `path`, else of the file that $ALLOCATOR_CONFIG names, else of the user's own if it is there.

    Raises: `ConfigError` with every mistake of the file at once; also when a file that was named is not there.
    """
    named = environ.get(VARIABLE)
    if path is None and named:
        return _loaded(Path(named), by_variable=True)
    if path is not None:
        return _loaded(path)
    default = default_path()
    return _loaded(default) if default.exists() else Settings()


def default_path() -> Path:
    """Where the user's settings are looked for when no file is named."""
    from platformdirs import user_config_path  # noqa: PLC0415 -- not needed where a file is named

    return user_config_path("allocator", appauthor=False) / FILE_NAME


def _loaded(path: Path, *, by_variable: bool = False) -> Settings:
    try:
        path = path.expanduser()
        data = fetch(path, read_file)
    except (BadValueError, RuntimeError) as error:
        findings = Findings()
        what = error.what if isinstance(error, BadValueError) else text("there is no such file")
        hint = error.hint if isinstance(error, BadValueError) else None
        if by_variable:
            hint = text("{variable} names this file: correct or unset it.", variable=VARIABLE)
        findings.add(
            Place(path), what, hint or text("Without the file, defaults hold; it is described in docs/settings.md.")
        )
        findings.raise_any()
        raise
    return parse_settings(data, path)


def parse_settings(content: bytes | str, path: Path) -> Settings:
    """The settings of a file's content; `path` stands in errors, and paths in the file are relative to its folder.

    Raises: `ConfigError` with every mistake at once, each as `file:line: [section] key`; none repeats a secret.
    """
    findings = Findings()
    file = _File(one_layer(content, Place(path), findings, SETTINGS), findings, SETTINGS)
    settings = Settings(
        path,
        file.store(),
        file.refresh(),
        file.algopack(),
        file.universe(),
        file.dividends(),
        file.forecast(),
        file.backup(),
        read_messaging(file, findings),
        read_serve(file),
        read_loop(file),
    )
    file.find_contradictions(settings)
    findings.raise_any()
    return settings


class _File(Lookup):
    """The entries of the settings file."""

    def store(self) -> StoreSettings:
        folder = (self.place("store", "url") or Place(Path())).file.parent
        return StoreSettings(
            url=self.option("store", "url", lambda raw: values.store_url(raw, folder), None),
            password=self._secret("store", "password"),
        )

    def refresh(self) -> RefreshSettings:
        default = RefreshSettings()
        folder = (self.place("refresh", "portfolios") or Place(Path())).file.parent
        return RefreshSettings(
            ready=self.option("refresh", "ready", values.time_of_day, default.ready),
            rate=self.option("refresh", "rate", values.rate, default.rate),
            burst=self.option("refresh", "burst", values.whole(1, 100_000), default.burst),
            connections=self.option("refresh", "connections", values.whole(1, 16), default.connections),
            since=self.option("refresh", "from", values.day, default.since),
            intervals=self.option("refresh", "intervals", values.intervals, default.intervals),
            hourly_source=self.option("refresh", "hourly source", values.hourly_source, default.hourly_source),
            proxy=self.option("refresh", "proxy", values.proxy, default.proxy),
            portfolios=self.option("refresh", "portfolios", lambda raw: values.files(raw, folder), default.portfolios),
        )

    def algopack(self) -> AlgopackSettings:
        return AlgopackSettings(self._secret("algopack", "token"))

    def universe(self) -> UniverseSettings:
        default = UniverseSettings()
        return UniverseSettings(
            min_history=self.option("universe", "minimum history", values.whole(1, 100_000), default.min_history),
            holding_days=self.option("universe", "holding days", values.whole(1, 10_000), default.holding_days),
            exclude=self.option("universe", "exclude", values.tickers, default.exclude),
        )

    def dividends(self) -> DividendSettings:
        default = DividendSettings()
        return DividendSettings(
            tax=self.option("dividends", "tax", share, default.tax),
            backups=self.option("dividends", "backups", values.whole(1, 100_000), default.backups),
        )

    def backup(self) -> BackupSettings:
        default = BackupSettings()
        folder = (self.place("backup", "folder") or Place(Path())).file.parent
        return BackupSettings(
            folder=self.option("backup", "folder", lambda raw: values.folder(raw, folder), default.folder),
            keep=self.option("backup", "keep", values.whole(1, 100_000), default.keep),
            daily=self.option("backup", "daily", yes_or_no, default.daily),
        )

    def forecast(self) -> ForecastSettings:
        default = ForecastSettings()
        folder = (self.place("forecast", "models") or Place(Path())).file.parent
        return ForecastSettings(
            interval=self.option("forecast", "interval", values.interval, default.interval),
            horizon=self.option("forecast", "horizon", values.whole(1, 1024), default.horizon),
            workers=self.option("forecast", "workers", values.workers, default.workers),
            device=self.option("forecast", "device", values.device, default.device),
            models=self.option("forecast", "models", lambda raw: values.folder(raw, folder), default.models),
        )

    def find_contradictions(self, settings: Settings) -> None:
        """What each key may say by itself, but not beside the others."""
        if self._findings:
            return
        store, place = settings.store, self.place("store", "password")
        if place and not values.is_postgres(store.url):
            self._findings.add(place, text("only a PostgreSQL store has a password"), SETTINGS.expected("store", "url"))
        elif place and store.url and not values.has_user(store.url):
            self._findings.add(
                place,
                text("the password is nobody's: url names no user"),
                text("Write url = postgresql://user@host/database."),
            )
        source = self.place("refresh", "hourly source")
        if source and settings.refresh.hourly_source == "ALGOPACK" and settings.algopack.token is None:
            self._findings.add(
                source,
                text("ALGOPACK needs a token"),
                text("Write a section [algopack] and in it token = env:ALGOPACK_TOKEN."),
            )

    def _secret(self, section: str, name: str) -> Secret | None:
        place = self.place(section, name)
        return self.option(section, name, lambda raw: secret(raw, place), None) if place else None
