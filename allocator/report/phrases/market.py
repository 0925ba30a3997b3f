"""The exchange's history: its pages, its token, its lists."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "too many requests": "слишком много запросов",
    "Stopped before the exchange answered.": "Остановлено раньше, чем ответила биржа.",
    "Try again later; what is stored stays.": "Попробуйте позже; сохранённое остаётся.",
    "Check the network; behind a proxy, give its address in HTTPS_PROXY.": (
        "Проверьте сеть; за прокси задайте его адрес в HTTPS_PROXY."
    ),
    "The exchange has changed its format: update allocator.": "Биржа изменила формат: обновите allocator.",
    # --- the token
    "The token has characters that no token has.": "В токене есть знаки, которых в токенах не бывает.",
    "Copy it anew, on one line and without quotes.": "Скопируйте его заново, одной строкой и без кавычек.",
    "Check the token of ALGOPACK, and what it gives the right to.": (
        "Проверьте токен ALGOPACK и на что он даёт право."
    ),
    "{host}: a token is not sent over an open connection.": "{host}: токен не отправляют по открытому соединению.",
    "Write https:// in front of the address.": "Поставьте https:// перед адресом.",
    # --- pages
    "{host} sends the same page of {block} again": "{host} присылает ту же страницу {block} ещё раз",
    "{host} sends rows of {block} without end": "{host} присылает строки {block} без конца",
    "{host} sent {got} of {total} rows of {block}": "{host}: строк {block} пришло {got} из {total}",
    # --- bars
    "{ticker}: the exchange sends no column {column}.": "{ticker}: биржа не присылает столбец {column}.",
    "{ticker}: a row of the exchange has {column} = {value}, which is no time.": (
        "{ticker}: в строке биржи {column} = {value}, а это не время."
    ),
    "{ticker}: a row of the exchange has {column} = {value}, which is no number ({row}).": (
        "{ticker}: в строке биржи {column} = {value}, а это не число ({row})."
    ),
    # --- lists
    "{ticker}: the exchange's dividend ({row}) is left out.": "{ticker}: дивиденд от биржи ({row}) пропущен.",
    "{host} gives no trading calendar; days with deals in {ticker} stand for it.": (
        "{host} не даёт торгового календаря; вместо него взяты дни со сделками {ticker}."
    ),
    "{host}: no record date can be read in the list of closed registers.": (
        "{host}: в списке закрытых реестров не прочитать ни одной даты."
    ),
}
