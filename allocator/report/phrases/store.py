"""The store in Russian: where it is, what a database refuses, whose it is."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- addresses
    "Write a path, sqlite:///path, or postgresql://user@host/database.": (
        "Напишите путь, sqlite:///путь или postgresql://пользователь@узел/база."
    ),
    "This is not a path.": "Это не путь.",
    "{scheme}: no such kind of store.": "{scheme}: такого вида хранилищ нет.",
    "A URL of SQLite names a file after three slashes.": "В URL для SQLite имя файла стоит после трёх косых черт.",
    "A store is a file: one in memory would forget everything at once.": (
        "Хранилище — это файл: в памяти оно сразу всё забудет."
    ),
    "The URL of PostgreSQL has more than one @.": "В URL для PostgreSQL больше одного знака @.",
    "Write %40 for an @ in a password.": "Вместо @ в пароле пишите %40.",
    "The URL of PostgreSQL cannot be read.": "URL для PostgreSQL не разобрать.",
    # --- what went wrong, and what to do
    "{name}: {what}.": "{name}: {what}.",
    "the database says: {reason}": "база данных сообщает: {reason}",
    "{name}: the driver of PostgreSQL is not installed.": "{name}: драйвер PostgreSQL не установлен.",
    "Run: python -m pip install 'psycopg[binary]'": "Введите: python -m pip install 'psycopg[binary]'",
    "{ticker} is not in the store.": "{ticker}: в хранилище его нет.",
    "Load it: allocator refresh --tickers {ticker}": "Загрузите его: allocator refresh --tickers {ticker}",
    "the disk is full": "диск заполнен",
    "another program is writing to it and does not finish": "в него пишет другая программа и не заканчивает",
    "this file is not a database": "этот файл — не база данных",
    "the file is damaged": "файл повреждён",
    "it may be read and not written": "его можно читать, но не изменять",
    "the file cannot be opened": "файл не открыть",
    "the disk fails to read or write it": "диск не может его прочитать или записать",
    "there is no permission to write there": "туда не разрешено писать",
    "a file stands where a directory should, or the reverse": "на месте папки файл или наоборот",
    "this is not a path": "это не путь",
    "too many connections are in use": "занято слишком много соединений",
    "the server refuses the login": "сервер отказывает во входе",
    "the server has no such database": "на сервере нет такой базы",
    "the server is out of resources": "у сервера кончились ресурсы",
    "the server takes no writes: it is a standby, or set to read only": (
        "сервер не принимает записи: это резервная копия, или ему разрешено только чтение"
    ),
    "the user of the database may not do this": "пользователю базы это не разрешено",
    "the server goes away, or is not ready": "сервер останавливается или ещё не готов",
    "no server answers there": "там не отвечает ни один сервер",
    "the connection broke off": "соединение оборвалось",
    "Check the path and its permissions, or name another file: --store PATH.": (
        "Проверьте путь и права на него или назовите другой файл: --store ПУТЬ."
    ),
    "Free some space and run the same command again: whatever was finished is kept.": (
        "Освободите место и повторите ту же команду: всё, что успело закончиться, сохранено."
    ),
    "Run the same command again when the other program is done.": (
        "Повторите ту же команду, когда другая программа закончит."
    ),
    "First stop what uses it, allocator serve too. Then move the file away, with those of its name that end in -wal "
    "and -shm (they belong to it), and load it anew, or put back a copy.": (
        "Сначала остановите всё, что с ним работает, и allocator serve тоже. Затем уберите файл вместе с теми файлами "
        "того же имени, что кончаются на -wal и -shm (они — его части), и загрузите историю заново или верните копию."
    ),
    "the file was moved, deleted or replaced while it was open": (
        "файл переместили, удалили или заменили, пока он был открыт"
    ),
    "Nothing is written to it any more. Put it back, or load it anew (allocator refresh), and give the same command "
    "again; allocator serve must be stopped first.": (
        "В него больше ничего не записывается. Верните его или загрузите заново (allocator refresh) и повторите ту же "
        "команду; allocator serve надо сначала остановить."
    ),
    "Check that the server runs, and the host and port of the URL.": (
        "Проверьте, запущен ли сервер и верны ли узел и порт в URL."
    ),
    "Check the user and the password of the URL.": "Проверьте пользователя и пароль в URL.",
    "Create it: createdb NAME": "Создайте её: createdb ИМЯ",
    # --- whose it is
    "{name} is the database of another program.": "{name} — база другой программы.",
    "Name another file or database: --store URL.": "Назовите другой файл или другую базу: --store URL.",
    "{name} was written by a newer version of this program (tables {revision}).": (
        "{name}: записано более новой версией этой программы (таблицы {revision})."
    ),
    "Upgrade the program: git pull in its clone, then install it again as README.md says.": (
        "Обновите программу: git pull в её клоне, затем установите её снова, как сказано в README.md."
    ),
    "{name}: there is no store yet.": "{name}: хранилища ещё нет.",
    "Load one: allocator refresh, or allocator data import FILE.": (
        "Загрузите его: allocator refresh или allocator data import ФАЙЛ."
    ),
}
