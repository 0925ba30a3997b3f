"""Advice for the accounts of the store."""

from __future__ import annotations

PHRASES = {
    "{ticker}: the store has no close of it.": "{ticker}: в хранилище нет ни одной цены закрытия.",
    "Load it: allocator refresh --tickers {ticker}": "Загрузите его: allocator refresh --tickers {ticker}",
    "without a close in the store, but no deal in them is wanted or allowed; their value is in no sum: {tickers}": (
        "в хранилище нет цены закрытия, но сделки с ними не нужны или запрещены; в суммах они не учтены: {tickers}"
    ),
    "{ticker}: the store has no close of it, and what the others get depends on its price: {units} held, {wanted} "
    "wanted.": (
        "{ticker}: в хранилище нет ни одной цены закрытия, а от её цены зависит, сколько достанется остальным: есть "
        "{units}, нужно {wanted}."
    ),
    "Load it: allocator refresh --tickers {name}; or take another source of quotes; or keep it as it is: write "
    "{ticker} = {units} in [want], or {ticker} = KEEP in [trade].": (
        "Загрузите её: allocator refresh --tickers {name}; или возьмите другой источник котировок; или оставьте бумагу "
        "как есть: напишите {ticker} = {units} в [want] или {ticker} = KEEP в [trade]."
    ),
    "{ticker}: the store has no close of it, and what its share is in money depends on its price.": (
        "{ticker}: в хранилище нет ни одной цены закрытия, а без цены неизвестно, сколько денег в её доле."
    ),
    "Load it: allocator refresh --tickers {name}; or take another source of quotes; or keep it as it is: write "
    "{ticker} = {units} in [want], and give out its percentage.": (
        "Загрузите её: allocator refresh --tickers {name}; или возьмите другой источник котировок; или оставьте бумагу "
        "как есть: напишите {ticker} = {units} в [want] и раздайте её проценты."
    ),
    "no quote, and so at the last close: {tickers}": "без котировки, поэтому по последней цене закрытия: {tickers}",
    "{provider} gives no quotes, and so prices are the last closes of the store, without a spread: {reason}": (
        "{provider} не даёт котировок, поэтому цены — последние закрытия из хранилища, без спреда: {reason}"
    ),
    "There are no accounts in the store yet.": "В хранилище ещё нет счетов.",
    "Bring one: allocator accounts import FILE.ini": "Внесите счёт: allocator accounts import FILE.ini",
    "The accounts hold nothing: there is nothing to deal with.": "На счетах ничего нет: торговать нечем.",
    "Write down what they hold: on their pages, or in a file for allocator accounts import FILE.ini": (
        "Запишите, что на них есть: на их страницах или в файле для allocator accounts import FILE.ini"
    ),
    "without a price anywhere, and so left out with its value: {tickers}": (
        "нигде нет цены, поэтому не учтены ни бумага, ни её стоимость: {tickers}"
    ),
    "changed since: {accounts}": "с тех пор изменились: {accounts}",
    "the targets or options have changed since": "с тех пор изменились цели или настройки",
    "there is a newer forecast": "есть более новый прогноз",
}
