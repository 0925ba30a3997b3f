"""Messages: their settings, their channels, what they tell, and the commands about them."""

from __future__ import annotations

PHRASES = {
    # --- settings
    "[{section}] has no {key}": "в [{section}] нет {key}",
    "user and password go together": "user и password пишут вместе",
    "Write user = NAME and password = file:PATH, or neither.": (
        "Напишите user = ИМЯ и password = file:ПУТЬ или ни того ни другого."
    ),
    "without encryption everybody on the way reads the password": "без шифрования пароль прочтёт каждый по дороге",
    "Write security = starttls or ssl.": "Напишите security = starttls или ssl.",
    "this is not what the key takes": "это не то, что пишут в этом ключе",
    "{value} is not a span of hours": "{value} - не промежуток часов",
    "the number of a chat, such as 123456789, or @name of a channel": (
        "номер чата, например 123456789, или @имя канала"
    ),
    "the name of a server, such as smtp.example.org": "имя сервера, например smtp.example.org",
    "a whole number from 1 to 65535": "целое число от 1 до 65535",
    "starttls, ssl or none": "starttls, ssl или none",
    "the name to log in with": "имя для входа",
    "an address, such as me@example.org": "адрес, например me@example.org",
    "telegram, email, console or none": "telegram, email, console или none",
    "en or ru": "en или ru",
    "a percentage, such as 2%": "процент, например 2%",
    "a whole number of hours from 0": "целое число часов от 0",
    "two times of day in Moscow, such as 23:00 - 08:00": "два времени суток по Москве, например 23:00 - 08:00",
}
