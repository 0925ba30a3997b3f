"""Russian for the loop of `allocator serve`: its steps, what comes of them, and the server."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- steps
    "Backup": "Резервная копия",
    "Refresh": "Обновление",
    "Universe": "Отбор бумаг",
    "Recommendation": "Рекомендация",
    "Training": "Обучение",
    # --- the status line
    "{title}: {doing}": "{title}: {doing}",
    "{what}, {share}": "{what}, {share}",
    "{what}, {time} left": "{what}, осталось {time}",
    "Idle until {time}.": "Дел нет до {time}.",
    "{step} failed; the next try is at {time}.": "{step}: не удалось, следующая попытка в {time}.",
    "{step} failed: {reason}": "{step}: не удалось: {reason}",
    "{step} works again.": "{step}: снова работает.",
    "Nothing is to be done.": "Делать нечего.",
    "The loop is stopped.": "Цикл остановлен.",
    "Another allocator serve does the work of this store.": "С этим хранилищем работает другой allocator serve.",
    "backing up": "резервное копирование",
    "choosing securities": "отбор бумаг",
    "working out what to deal": "расчёт сделок",
    "sending messages": "отправка сообщений",
    # --- what comes of steps
    "{one}; {other}": "{one}; {other}",
    "dividends are in {path}": "дивиденды сохранены в {path}",
    "there is nothing new to back up": "копировать нечего: нового нет",
    "{count} {count:security qualifies|securities qualify}": "подходящих бумаг: {count}",
    "{count} {count:security qualifies|securities qualify}; held, and should leave: {tickers}": (
        "подходящих бумаг: {count}; в портфеле, но должны уйти: {tickers}"
    ),
    "there is no account with anything on it": "нет счёта, на котором что-нибудь есть",
    "there is no forecast yet": "прогноза ещё нет",
    "there are no models yet": "моделей ещё нет",
    "models: {count}; {sentence}": "моделей: {count}; {sentence}",
    "nothing is to be dealt": "сделок нет",
    "to be dealt: {tickers}": "сделки: {tickers}",
    "This took more than {hours} {hours:hour|hours}, and was ended.": "Это заняло больше {hours} ч и было прервано.",
    # --- children
    "The process of {work} was ended by {signal}.": "Процесс «{work}» прерван сигналом {signal}.",
    "Memory may have run out; it is tried again.": "Возможно, кончилась память; попытка повторится.",
    "The process of {work} ended without an answer (exit code {code}).": (
        "Процесс «{work}» завершился без ответа (код {code})."
    ),
    "What it said last is in the log of the server.": "Его последние слова — в журнале сервера.",
    "No process can be started: {reason}.": "Не удаётся запустить процесс: {reason}.",
    "The machine may be out of memory, or of processes.": "Возможно, не хватает памяти или исчерпано число процессов.",
    "The answer cannot be handed over: {reason}.": "Ответ не удаётся передать: {reason}.",
    # --- the server
    "Pages: {url} (Ctrl-C ends it)": "Страницы: {url} (Ctrl-C — конец работы)",
    "Port {port} of {host} is taken.": "Порт {port} адреса {host} занят.",
    "Another allocator serve may be running; or type another: --port {port}": (
        "Возможно, работает другой allocator serve; или укажите другой: --port {port}"
    ),
    "Port {port} is not for everybody.": "Порт {port} доступен не всем.",
    "Type one from 1024: --port 5000": "Укажите порт от 1024: --port 5000",
    "{host} cannot be listened on: {reason}.": "Адрес {host} не годится: {reason}.",
    "Type --host 127.0.0.1.": "Укажите --host 127.0.0.1.",
    "--host: {what}": "--host: {what}",
    "The pages need {library}, which is not installed.": "Для страниц нужно установить {library}.",
    # --- settings
    "a whole number of minutes from 0": "целое число минут от 0",
    "a whole number of processes from 1": "целое число процессов от 1",
}
