"""`allocator universe`."""

from __future__ import annotations

PHRASES = {
    "share": "акция",
    "preferred share": "привилегированная",
    "receipt": "расписка",
    "fund": "фонд",
    "index": "индекс",
    "oil and gas": "нефть и газ",
    "electric utilities": "электроэнергетика",
    "telecommunications": "телекоммуникации",
    "metals and mining": "металлы и добыча",
    "financials": "финансы",
    "consumer": "потребительский сектор",
    "chemicals": "химия и нефтехимия",
    "transport": "транспорт",
    "information technology": "информационные технологии",
    "real estate": "строительство",
    "Name": "Название",
    "Sector": "Отрасль",
    "Days": "Дней",
    "Turnover, RUB": "Оборот, RUB",
    "Verdict": "Решение",
    "qualifies": "подходит",
    "HELD, though {reason}": "ЕСТЬ В ПОРТФЕЛЕ, хотя {reason}",
    "out: {reason}": "нет: {reason}",
    "Qualify: {count} of {total}. They have at least {history} daily {history:bar|bars}, and on the "
    "median day of {days} they trade more than {needed} RUB (largest position {position}, cash "
    "{cash}).": (
        "Подходят: {count} из {total}. У них не меньше {history} {history:дневной свечи|дневных "
        "свечей|дневных свечей}, а медианный дневной оборот за {days} дн. больше {needed} RUB (самая "
        "крупная позиция {position}, деньги {cash})."
    ),
    "Do not qualify, but stay while they are held: {tickers}.": (
        "Не подходят, но остаются, пока есть в портфеле: {tickers}."
    ),
    "Left out: {count}; --all shows them with the reasons.": "Не вошли: {count}; --all покажет их с причинами.",
    "Bars up to {day}.": "Свечи по {day}.",
    "{ticker} is held, but does not qualify: {reason}": "{ticker} есть в портфеле, но не подходит: {reason}",
    "{name}: there are no daily bars yet.": "{name}: дневных свечей ещё нет.",
    "without daily bars, and so by their hours put together: {tickers}": (
        "без дневных свечей, поэтому по часовым, сложенным в дни: {tickers}"
    ),
    "Type: allocator refresh": "Введите: allocator refresh",
    "without a price in the store, and so not in the size of the portfolio: {tickers}": (
        "в хранилище нет цены, и в размер портфеля не вошли: {tickers}"
    ),
    "the newest bars are of {day}; for newer ones type: allocator refresh": (
        "самые новые свечи — за {day}; чтобы загрузить новее, введите: allocator refresh"
    ),
    "any turnover will do for a portfolio of no size: give --portfolio FILE.ini, or --position and --cash": (
        "размер портфеля не задан, и годится любой оборот: задайте --portfolio FILE.ini или --position и --cash"
    ),
    "{old} trades as {new} now": "{old} теперь торгуется как {new}",
    "{ticker} of exclude is not in the store; did you mean {word}?": (
        "тикера {ticker} из exclude нет в хранилище; может быть, {word}?"
    ),
    "{ticker} of exclude is not in the store": "тикера {ticker} из exclude нет в хранилище",
}
