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
    "{value} is not a span of hours": "{value} — не промежуток часов",
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
    # --- e-mail
    "See user and password of [email]; where the mailbox has two factors, it wants a password made for this program.": (
        "Проверьте user и password в [email]; ящику с двумя факторами нужен пароль, созданный для этой программы."
    ),
    "See host, port and security of [email].": "Проверьте host, port и security в [email].",
    "See to of [email].": "Проверьте to в [email].",
    "See from of [email]: most servers let you write in your own name only.": (
        "Проверьте from в [email]: большинство серверов позволяют писать только от своего имени."
    ),
    "What it says will not be sent; others are.": "Это письмо отправлено не будет, другие — будут.",
    "It is tried again later by itself.": "Позже попытка повторится сама.",
    "The mail server {host} refuses the {what}: {said}.": "Почтовый сервер {host} отказал, {what}: {said}.",
    "The mail server {host} cannot be reached.": "До почтового сервера {host} не достучаться.",
    "address {address}": "адрес {address}",
    "The mail server {host} went away before it took the letter.": (
        "Почтовый сервер {host} пропал, прежде чем принял письмо."
    ),
    "login": "вход",
    "letter": "письмо",
    "connection": "соединение",
    "The mail server {host} cannot do what security or user ask for.": (
        "Почтовый сервер {host} не умеет того, что требуют security или user."
    ),
    "User or password of the mail server are not plain ASCII.": (
        "Имя или пароль почтового сервера — не из одних знаков ASCII."
    ),
    "The mail server {host} and we cannot agree on encryption.": (
        "С почтовым сервером {host} не договориться о шифровании."
    ),
    # --- console
    "The console cannot be written to.": "В консоль не написать.",
    # --- Telegram
    "Ask @BotFather for the token (/token), and see that it is what [telegram] token refers to.": (
        "Спросите токен у @BotFather (/token) и проверьте, что на него и ссылается token в [telegram]."
    ),
    "Open the chat with the bot and press Start, or make the bot a member of the group or channel.": (
        "Откройте чат с ботом и нажмите Start или добавьте бота в группу или канал."
    ),
    "Write to the bot, then look up the number: docs/messages.md tells how. A channel is @name.": (
        "Напишите боту и узнайте номер чата: как — сказано в docs/messages.md. Канал — это @имя."
    ),
    "Something else answers at Telegram's address: see the proxy, [telegram] proxy or HTTPS_PROXY.": (
        "По адресу Telegram отвечает кто-то другой: проверьте прокси, [telegram] proxy или HTTPS_PROXY."
    ),
    "Telegram's answer got lost: {kind}.": "Ответ Telegram потерялся: {kind}.",
    "The answer is not Telegram's (status {status}).": "Ответ — не от Telegram (статус {status}).",
    "Telegram refuses the message: {said}.": "Telegram отказался от сообщения: {said}.",
    "The proxy to Telegram does not answer.": "Прокси к Telegram не отвечает.",
    "The proxy to Telegram has an address that cannot be used.": "Адрес прокси к Telegram не годится.",
    "See [telegram] proxy, or HTTPS_PROXY.": "Проверьте [telegram] proxy или HTTPS_PROXY.",
    "The connection to Telegram cannot be trusted: its certificate is wrong.": (
        "Соединению с Telegram нельзя верить: сертификат неверен."
    ),
    "Telegram cannot be reached.": "До Telegram не достучаться.",
    "See the network; where Telegram is blocked, give a proxy: [telegram] proxy.": (
        "Проверьте сеть; где Telegram заблокирован, задайте прокси: [telegram] proxy."
    ),
    "Telegram asks to write less often.": "Telegram просит писать реже.",
    "Telegram is out of order ({status}).": "Telegram неисправен ({status}).",
    "Telegram does not know the bot's token.": "Telegram не знает токена бота.",
    "Telegram does not let the bot write to this chat: {said}.": "Telegram не даёт боту писать в этот чат: {said}.",
    "The group has become another chat.": "Группа стала другим чатом.",
    "Write chat = {chat}.": "Напишите chat = {chat}.",
    "Telegram does not find the chat: {said}.": "Telegram не находит чат: {said}.",
    "(This may have come before.)": "(Возможно, это уже приходило.)",
    # --- what is told
    "{name}": "{name}",
    "{name}: {change}": "{name}: {change}",
    "The value was {before}, now it is {now}.": "Стоимость была {before}, теперь {now}.",
    "{name}: recommendations have changed": "{name}: рекомендации изменились",
    "Nothing is recommended any more.": "Больше ничего не рекомендуется.",
    "Not to buy any more": "Больше не покупать",
    "Not to sell any more": "Больше не продавать",
    "{what}: {tickers}.": "{what}: {tickers}.",
    "The reasons: allocator recommend {path}": "Почему: allocator recommend {path}",
    "Buy {ticker}: lots {lots} (units {units}) at {price}": "Купить {ticker}: лотов {lots} (штук {units}) по {price}",
    "Sell {ticker}: lots {lots} (units {units}) at {price}": "Продать {ticker}: лотов {lots} (штук {units}) по {price}",
    "Dividends are missing: {tickers}": "Не хватает дивидендов: {tickers}",
    "{ticker}, register of {day}: {command}": "{ticker}, реестр на {day}: {command}",
    "{name}: should leave: {tickers}": "{name}: пора продать: {tickers}",
    "{ticker}: {reason}.": "{ticker}: {reason}.",
    "it does not qualify": "не подходит",
    "{step} failed": "{step}: не вышло",
    "{step} works again": "{step}: снова работает",
    "It went through again.": "Снова прошло до конца.",
    # --- delivery
    "{what} {hint}": "{what} {hint}",
    "Messages go nowhere: no channel is set up.": "Сообщения никуда не идут: ни один канал не настроен.",
    "Write a section [telegram] or [email] in the settings; docs/messages.md tells how.": (
        "Напишите в настройках секцию [telegram] или [email]; как — сказано в docs/messages.md."
    ),
    "The server of {channel} asked to wait.": "Сервер канала {channel} просил подождать.",
    "{channel}: sent.": "{channel}: отправлено.",
    "{channel}: not sent: {error}.": "{channel}: не отправлено: {error}.",
    "Another process is delivering; this one leaves it to that.": (
        "Сообщения отправляет другой процесс; этот оставляет их ему."
    ),
    "These are quiet hours: nothing is sent before their end.": "Тихие часы: до их конца ничего не отправляется.",
    "{channel}: sent {sent}, waiting {waiting}.": "{channel}: отправлено {sent}, ждут {waiting}.",
    "{channel}: given up {count}; see: allocator notify status": (
        "{channel}: не доставлено {count}; см. allocator notify status"
    ),
    "The next attempt is due at {time} Moscow time.": "Следующая попытка — в {time} по Москве.",
    "Messages go to: {channels}.": "Сообщения идут в: {channels}.",
    "Messages go nowhere: no channel is set up. docs/messages.md tells how.": (
        "Сообщения никуда не идут: ни один канал не настроен. Как — сказано в docs/messages.md."
    ),
    "Waiting: {waiting}; given up: {dead}; sent: {sent}.": (
        "Ждут: {waiting}; не доставлены: {dead}; отправлены: {sent}."
    ),
    "To try what was given up again: allocator notify send --now": (
        "Снова попробовать недоставленное: allocator notify send --now"
    ),
    "{channel}, {time}, {subject}": "{channel}, {time}, {subject}",
    "given up: {what}: {reason}": "не доставлено: {what}: {reason}",
    "waiting: {what}": "ждёт: {what}",
    "waiting: {what}: failed {attempts}, next {time}: {reason}": (
        "ждёт: {what}: не вышло {attempts}, снова в {time}: {reason}"
    ),
    "A test of messages": "Проверка сообщений",
    "Sent by `allocator notify test` at {time}.": "Отправлено командой `allocator notify test` в {time}.",
    "sending": "отправка",
}
