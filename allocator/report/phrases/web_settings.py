"""The door of the pages and their settings: the password, refusals, the page of settings, and that of the API."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- the password
    "The password is too short: at least {count} characters.": (
        "Пароль слишком короткий: знаков нужно не меньше {count}."
    ),
    "The password is too long: at most {count} characters.": (
        "Пароль слишком длинный: знаков может быть не больше {count}."
    ),
    "Four or five words that nobody would put together are easy to keep in mind.": (
        "Четыре-пять слов, которые никто не поставил бы рядом, легко запомнить."
    ),
    "{secret}: this is not the hash of a password.": "{secret}: это не хэш пароля.",
    "Make one: allocator password FILE, and write password = file:FILE in [serve].": (
        "Создайте его: allocator password FILE, и напишите password = file:FILE в [serve]."
    ),
    "Keep it in a file that others cannot read, and write password = file:FILE in [serve].": (
        "Сохраните его в файле, который не прочтут другие, и напишите password = file:FILE в [serve]."
    ),
    "{path} is written. In the settings: [serve] password = file:{path}": (
        "Файл {path} записан. В настройках: [serve] password = file:{path}"
    ),
    "No password was given.": "Пароль не введён.",
    "Type it, or give it on the standard input.": "Введите его или подайте на стандартный ввод.",
    "Password": "Пароль",
    "The same again": "Ещё раз",
    "These were two different passwords.": "Это два разных пароля.",
    "Repeat the command.": "Повторите команду.",
    "Other machines reach {host}: the pages need a password there.": (
        "Адрес {host} доступен с других машин: там страницам нужен пароль."
    ),
    "Type `allocator password FILE` and write password = file:FILE in [serve] of the settings; "
    "or stay on this machine: --host 127.0.0.1": (
        "Введите `allocator password FILE` и напишите password = file:FILE в [serve] в настройках — "
        "или останьтесь на этой машине: --host 127.0.0.1"
    ),
    "Sign in": "Войти",
    "Sign in: {path}": "Войдите: {path}",
    "This needs the password.": "Для этого нужен пароль.",
    "This is not the password.": "Пароль неверен.",
    "Too many wrong passwords: try again in {count} {count:second|seconds}.": (
        "Слишком много неверных паролей: следующая попытка через {count} с."
    ),
    # --- what the guard refuses
    "This request cannot be read.": "Этот запрос не удалось прочитать.",
    "This cannot be done here.": "Здесь этого сделать нельзя.",
    "The request did not arrive in time.": "Запрос не пришёл вовремя.",
    "This is too much at once.": "Это слишком много за один раз.",
    "This request does not come from a page of this server.": "Этот запрос пришёл не со страницы этого сервера.",
    "This page was opened too long ago, or by another browser.": (
        "Эта страница открыта слишком давно или в другом браузере."
    ),
    "This server answers to other names: localhost, and [serve] names of the settings.": (
        "Этот сервер отзывается на другие имена: localhost и names из [serve] в настройках."
    ),
    "Load the page anew and repeat it.": "Обновите страницу и повторите.",
    # --- the section [serve]
    "{value} is no name or address of a machine": "{value} — не имя и не адрес машины",
    "a name or an address of this machine, such as 0.0.0.0": "имя или адрес этой машины, например 0.0.0.0",
    "hosts with commas between them, such as home.example.org": "имена через запятую, например home.example.org",
    # --- the page of settings
    "For programs: the API": "Для программ: API",
    "Look": "Вид",
    "Of this browser alone.": "Только этого браузера.",
    "Language": "Язык",
    "Theme": "Тема",
    "As the system has it": "Как в системе",
    "Light": "Светлая",
    "Dark": "Тёмная",
    "Amounts": "Суммы",
    "Shown": "Видны",
    "Hidden": "Скрыты",
    "An account that still holds something is emptied on its own page first.": (
        "Счёт, на котором что-то есть, сначала освобождают на его странице."
    ),
    "Securities held": "Бумаг на счёте",
    "Remove": "Удалить",
    "Remove account {account}": "Удалить счёт {account}",
    "not empty": "не пуст",
    "There are no accounts yet.": "Счетов пока нет.",
    "Name of a new account": "Название нового счёта",
    "Create": "Создать",
    "Not to be bought": "Не покупать",
    "No advice and no rebalancing of the accounts buys these; what is held of them may be sold.": (
        "Их не купит ни совет, ни ребалансировка счетов; то, что уже есть, можно продать."
    ),
    "Allow again": "Разрешить снова",
    "Allow again: {ticker}": "Разрешить снова: {ticker}",
    "Exclude": "Исключить",
    "Messages": "Сообщения",
    "Where messages go. Channels are set up in the file of settings.": (
        "Куда идут сообщения. Каналы настраивают в файле настроек."
    ),
    "Channel": "Канал",
    "To": "Кому",
    "State": "Состояние",
    "used": "используется",
    "not used": "не используется",
    "not set up": "не настроен",
    "Send a test message": "Отправить пробное сообщение",
    "Sending ...": "Отправка ...",
    "Tried at {time}:": "Проба в {time}:",
    "Sent from the pages at {time}.": "Отправлено со страниц в {time}.",
    "It ended before its time; the log of the server tells more.": (
        "Проба оборвалась; подробности — в журнале сервера."
    ),
    "The newest messages": "Последние сообщения",
    "Subject": "О чём",
    "What became of it": "Что с ним стало",
    "sent": "отправлено",
    "sent at {time}": "отправлено в {time}",
    "given up": "не доставлено",
    "waits": "ждёт",
    "waits; next attempt at {time}": "ждёт; следующая попытка в {time}",
    "No messages were sent yet.": "Сообщений пока не было.",
    "The file of settings": "Файл настроек",
    "There is none: all is as usual.": "Его нет: всё по умолчанию.",
    "It has changed since this server started: restart the server to make it count.": (
        "Он изменился после запуска сервера: чтобы изменения подействовали, перезапустите сервер."
    ),
    "Of secrets the file says only where they are kept.": "О секретах в файле сказано только, где они хранятся.",
    "What the file says, and what holds without it": "Что сказано в файле и что действует без него",
    "Key": "Ключ",
    "In the file": "В файле",
    "Without it": "Без него",
    "{path}: {what}.": "{path}: {what}.",
    # --- the page of the API
    "What can be asked for": "О чём можно спросить",
    "How programs talk to this server": "Как с этим сервером говорят программы",
    "Everything that the pages show is also JSON. Amounts are exact decimals in text.": (
        "Всё, что показывают страницы, есть и в JSON. Суммы — точные десятичные дроби в тексте."
    ),
    "The same for programs: OpenAPI": "То же для программ: OpenAPI",
    "What changes something needs a token, which is of one set of cookies:": (
        "Чтобы что-то изменить, нужен токен; он годится только со своими куки:"
    ),
    "Where there is a password, a session comes first; it has a token of its own:": (
        "Где есть пароль, сначала открывают сеанс; у него свой токен:"
    ),
    "What is refused comes as errors, each with a message and perhaps a hint; the status says the kind.": (
        "Отказ приходит как errors: у каждой ошибки есть message и, возможно, hint; о её роде говорит статус."
    ),
    "changes something": "меняет данные",
    "What it takes": "Что принимает",
    "Where": "Где",
    "Needed": "Обязательно",
}
