"""The nightly refresh: what it does, what came of it, what it noticed."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- what it is doing
    "{time} left": "осталось {time}",
    "list of securities": "список бумаг",
    "securities of the past": "бумаги прошлых лет",
    "renames": "смена тикеров",
    "splits": "дробления",
    "trading calendar": "торговый календарь",
    "indexes and sectors": "индексы и отрасли",
    "what is missing": "чего не хватает",
    "dividends": "дивиденды",
    "{ticker}": "{ticker}",
    # --- what came of it
    "Another refresh is at work; this one leaves it to that.": "Другое обновление уже идёт; это уступает ему.",
    "Nothing to do: the data of {day} is here, the next is ready at {time} Moscow time.": (
        "Делать нечего: данные за {day} уже есть, следующие будут готовы {time} по Москве."
    ),
    "{interval}: {loaded} of {asked} series, {rows} {rows:row|rows}; failed {failed}, with bad data {quarantined}.": (
        "{interval}: рядов {loaded} из {asked}, строк {rows}; не удалось {failed}, с плохими данными {quarantined}."
    ),
    "Daily bars": "Дневные свечи",
    "Hourly bars": "Часовые свечи",
    "The exchange stopped answering: {count} series {count:was|were} not asked for.": (
        "Биржа перестала отвечать: рядов не запрошено {count}."
    ),
    "Up to {day}: {rows} {rows:row|rows} in {seconds} s ({speed} rows/s), {requests} {requests:request|requests}.": (
        "По {day}: {rows} {rows:строка|строки|строк} за {seconds} с ({speed} строк/с), {requests} "
        "{requests:запрос|запроса|запросов}."
    ),
    "Not everything could be loaded; the next refresh asks for the rest.": (
        "Загрузить удалось не всё; остальное запросит следующее обновление."
    ),
    "{ticker}: {note}": "{ticker}: {note}",
    "... and {count} more: allocator data status": "... и ещё {count}: allocator data status",
    "Nothing could be loaded: {reason}": "Загрузить не удалось ничего: {reason}",
    "The store is as it was; try again later.": "Хранилище осталось прежним; попробуйте позже.",
    "stopped before the end": "остановлено до завершения",
    "{tickers}: the exchange has no such ticker.": "{tickers}: на бирже нет такого тикера.",
    # --- what it noticed
    "{name}: what was known serves; {error}": "{name}: взято известное раньше; {error}",
    "list of securities: the stored one serves; {error}": "список бумаг: взят сохранённый; {error}",
    "the list of securities lacks {count} of {all}; nothing is marked as delisted": (
        "в списке бумаг не хватает {count} из {all}; ничего не отмечено как ушедшее с биржи"
    ),
    "{ticker}: left the exchange, last traded on {day}; its history stays": (
        "{ticker}: ушла с биржи, последние торги {day}; история остаётся"
    ),
    "{old} became {new} on {day}": "{old} стал {new} с {day}",
    "{ticker}: split, {before} became {after} on {day}": "{ticker}: дробление, {before} стали {after} с {day}",
    "the clock of this machine is off by {minutes} {minutes:minute|minutes}; that of the exchange is used": (
        "часы этого компьютера ошибаются на {minutes} мин.; взято время биржи"
    ),
    "the exchange gave nothing from {since} on, where bars are known; asked again next time": (
        "биржа не дала ничего с {since}, хотя свечи известны; будет запрошено снова"
    ),
    "the exchange gave no bars, though it lists the paper since {day}": (
        "биржа не дала свечей, хотя бумага в списке с {day}"
    ),
    "quarantined: {why}. To believe the exchange: allocator data accept {ticker}": (
        "в карантине: {why}. Поверить бирже: allocator data accept {ticker}"
    ),
    "agrees with the exchange again; the quarantine is over": "снова сходится с биржей; карантин окончен",
    "the exchange corrected volumes of {days}": "биржа исправила объёмы за {days}",
    "the exchange added {days}": "биржа добавила {days}",
    "the exchange no longer has {days}; ours are kept": "у биржи больше нет {days}; наши сохранены",
    "a split found in the data: {before} became {after} on {day}": (
        "в данных найдено дробление: {before} стали {after} с {day}"
    ),
    "bad bars kept out: {count} ({kinds}), the first of {day}": (
        "плохие свечи не взяты: {count} ({kinds}), первая {day}"
    ),
    "an internal fault on its data ({kind})": "внутренняя ошибка на её данных ({kind})",
}
