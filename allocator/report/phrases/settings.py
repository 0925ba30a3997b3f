"""Settings of the application, and secrets."""

from __future__ import annotations

PHRASES = {
    # --- secrets
    "a secret does not stand in the file itself, where backups and eyes find it": (
        "секрет не пишут в самом файле, где его найдут резервные копии и чужие глаза"
    ),
    "what follows env: is not the name of a variable": "после env: стоит не имя переменной",
    "what follows keyring: is not SERVICE/USER": "после keyring: стоит не SERVICE/USER",
    "the path after file: is missing": "после file: нет пути",
    "{name} has no home directory": "у {name} нет домашней папки",
    "{secret}: {what}": "{secret}: {what}",
    "it is empty": "пусто",
    "it is not one line of text": "это не одна строка текста",
    "Keep the secret there and nothing else.": "Храните там только секрет и ничего больше.",
    "the variable is not set": "переменная не задана",
    "Type `export {name}=...`, or keep the secret in a file.": (
        "Введите `export {name}=...` или храните секрет в файле."
    ),
    "it is a pipe or a device": "это канал или устройство",
    "Write the secret there, alone on a line.": "Запишите туда секрет отдельной строкой.",
    "it is too long for a secret": "для секрета это слишком длинно",
    "it is not text in UTF-8": "это не текст в UTF-8",
    "every user of this machine may read the file": "файл может прочитать любой пользователь этой машины",
    "Type: chmod 600 {path}": "Введите: chmod 600 {path}",
    "keyring is not installed": "keyring не установлен",
    "With the Python that runs allocator: python -m pip install keyring": (
        "Тем Python, который запускает allocator: python -m pip install keyring"
    ),
    "the keyring cannot be read: {reason}": "хранилище ключей не прочитать: {reason}",
    "the keyring has no such secret": "в хранилище ключей такого секрета нет",
    "Type: {command}": "Введите: {command}",
    "What runs without a desktop, as from cron, has no open keyring: write file:PATH instead.": (
        "Без рабочего стола, например из cron, хранилище ключей закрыто: напишите file:ПУТЬ."
    ),
    # --- the file as a whole
    "{variable} names this file: correct or unset it.": "Этот файл задан в {variable}: исправьте её или уберите.",
    "Without the file, defaults hold; it is described in docs/settings.md.": (
        "Без файла действуют значения по умолчанию; он описан в docs/settings.md."
    ),
    "only a PostgreSQL store has a password": "пароль бывает только у хранилища в PostgreSQL",
    "the password is nobody's: url names no user": "пароль ничей: в url нет пользователя",
    "Write url = postgresql://user@host/database.": "Напишите url = postgresql://user@host/database.",
    "ALGOPACK needs a token": "для ALGOPACK нужен токен",
    "Write a section [algopack] and in it token = env:ALGOPACK_TOKEN.": (
        "Напишите секцию [algopack] и в ней token = env:ALGOPACK_TOKEN."
    ),
    # --- values
    "{value} is not between {low} and {high}": "{value} — не от {low} до {high}",
    "{value} is not a time of day": "{value} — не время суток",
    "{value} is not a date": "{value} — не дата",
    "{value} is before the exchange was founded, in {year}": "{value} раньше основания биржи в {year} году",
    "there is nothing between the commas": "между запятыми ничего нет",
    "{value}: {what}": "{value}: {what}",
    "a password does not stand in the file itself, where backups and eyes find it": (
        "пароль не пишут в самом файле, где его найдут резервные копии и чужие глаза"
    ),
    "Delete this line and give the proxy with its password in the variable HTTPS_PROXY.": (
        "Удалите эту строку и задайте прокси с паролем в переменной HTTPS_PROXY."
    ),
    "this is not the address of a proxy": "это не адрес прокси",
    "Write url = postgresql://user@host/database and under it password = env:NAME or file:PATH.": (
        "Напишите url = postgresql://user@host/database и под ней password = env:ИМЯ или file:ПУТЬ."
    ),
    "{value} is not a kind of store": "{value} — не вид хранилища",
    "this is not an address": "это не адрес",
    "the address names no file, and what is kept in memory is lost": (
        "в адресе нет файла, а то, что хранится в памяти, пропадёт"
    ),
    # --- what the values may be
    "env:NAME, file:PATH or keyring:SERVICE/USER": "env:ИМЯ, file:ПУТЬ или keyring:СЛУЖБА/ПОЛЬЗОВАТЕЛЬ",
    "the path of a SQLite file, or postgresql://user@host/database": (
        "путь к файлу SQLite или postgresql://user@host/database"
    ),
    "store.db in the user's data directory": "store.db в папке данных пользователя",
    "a time of day in Moscow, such as 01:00": "время суток в Москве, например 01:00",
    "requests per second, above 0, such as 30": "запросов в секунду, больше 0, например 30",
    "paths of portfolio files with commas between them": "пути файлов портфелей через запятую",
    "a whole number of requests from 1": "целое число запросов от 1",
    "a whole number from 1 to 16": "целое число от 1 до 16",
    "a date, such as 2015-01-01": "дата, например 2015-01-01",
    "day, hour or both": "day, hour или оба",
    "MOEX or ALGOPACK": "MOEX или ALGOPACK",
    "the address of a proxy, such as http://proxy:3128": "адрес прокси, например http://proxy:3128",
    "a whole number of trading days from 1": "целое число торговых дней от 1",
    "tickers with commas between them": "тикеры через запятую",
    "a percentage, such as 13%": "проценты, например 13%",
    "a whole number of files from 1": "целое число файлов от 1",
}
