"""`allocator accounts`."""

from __future__ import annotations

PHRASES = {
    "Wanted, though not to be bought: {tickers}.": "Цель есть, а покупать нельзя: {tickers}.",
    "Give another: --name NAME.": "Задайте другое: --name ИМЯ.",
    "There is no account {account}.": "Счёта {account} нет.",
    "Accounts are {names}.": "Есть счета: {names}.",
    "Import one: allocator accounts import FILE.ini": "Загрузите счёт: allocator accounts import FILE.ini",
    "An account needs a name.": "Счёту нужно имя.",
    "A name of an account has at most {count} characters.": "В имени счёта не больше {count} знаков.",
    "A name of an account is of printable characters, without slashes.": (
        "Имя счёта состоит из печатных знаков и не содержит косой черты."
    ),
    "{path} is written. To see the best trades: allocator {path}": (
        "{path} записан. Лучшие сделки покажет: allocator {path}"
    ),
    "Account {account} is removed; the log of its trades is kept.": (
        "Счёт {account} удалён; журнал его сделок сохранён."
    ),
    "{path} says other targets or options than the store, which has one set for all accounts.": (
        "В {path} не те цели или параметры, что в хранилище, а они одни на все счета."
    ),
    "Say whose count: --targets file or --targets store.": (
        "Скажите, чьи считать верными: --targets file (файла) или --targets store (хранилища)."
    ),
    "All accounts as one, written by allocator: {names}.": "Все счета как один, записал allocator: {names}.",
    "All accounts as one.": "Все счета как один.",
    "Account {account}, written by allocator.": "Счёт {account}, записал allocator.",
    "Account {account} is in the store: {count} {count:asset|assets} held.": (
        "Счёт {account} в хранилище, активов на нём: {count}."
    ),
    "Account {account} is as {path} says already.": "Счёт {account} и так такой, как в {path}.",
    "Account {account} is now as {path} says: {count} {count:asset|assets} held.": (
        "Счёт {account} теперь такой, как в {path}; активов на нём: {count}."
    ),
    "The targets and options of all accounts are now those of {path}.": (
        "Цели и параметры всех счетов теперь взяты из {path}."
    ),
    "The targets and options of all accounts stay as they are in the store.": (
        "Цели и параметры всех счетов остались такими, как в хранилище."
    ),
    "Account {account} is not empty.": "Счёт {account} не пуст.",
    "Keep what it has first: allocator accounts export {account} FILE.ini; then repeat with --force.": (
        "Сначала сохраните его: allocator accounts export {account} FILE.ini; затем повторите с --force."
    ),
    "Look at the path of the quotes: a portfolio file cannot say one with ; or quotation marks in it.": (
        "Посмотрите на путь к котировкам: файл портфеля не может содержать путь с ; или кавычками."
    ),
    "There is nothing to write: no asset is held or wanted.": "Записывать нечего: ни один актив не куплен и не нужен.",
    "Import a portfolio file first: allocator accounts import FILE.ini": (
        "Сначала загрузите файл портфеля: allocator accounts import FILE.ini"
    ),
    "The file would not be read back: {error}": "Такой файл не прочитался бы обратно: {error}",
    "The file would not be read back as it is stored.": "Файл прочитался бы не так, как хранится.",
    "What you want: percentages that add up to 100%, or numbers of units, or auto.": (
        "Чего вы хотите: доли, в сумме 100%, или количества, или auto."
    ),
    "Seconds to search for the best plan, and how near to it is near enough.": (
        "Сколько секунд искать лучший план и насколько близкий к нему достаточен."
    ),
    "How a forecast sets the shares of auto assets.": "Как прогноз задаёт доли активов auto.",
    "Units per lot, where it is not the exchange's.": "Единиц в лоте, если не столько, сколько у биржи.",
    "It is not clear what to write where.": "Неясно, что и куда записать.",
    "Type: allocator accounts export NAME FILE.ini, or: allocator accounts export --all FILE.ini": (
        "Введите: allocator accounts export ИМЯ FILE.ini или allocator accounts export --all FILE.ini"
    ),
    "{ticker}: {done} of {planned} {planned:lot|lots}; the rest would need a transfer between accounts": (
        "{ticker}: {done} из {planned} {planned:лота|лотов|лотов}; для остальных понадобился бы перевод между счетами"
    ),
    "{account}: {money} more is to be taken out than there will be": (
        "{account}: вывести нужно на {money} больше, чем будет"
    ),
    "Account {account}: cash {cash}, fee of a deal {fee}, version {version}.": (
        "Счёт {account}: денег {cash}, комиссия за сделку {fee}, версия {version}."
    ),
    "What is bought is kept for {age} {age:day|days} of trading on average: the horizon is {horizon}.": (
        "Купленное держится в среднем {age} {age:торговый день|торговых дня|торговых дней}: горизонт {horizon}."
    ),
    "The value is not known without quotes. With them, and the best trades: allocator accounts rebalance": (
        "Без котировок стоимость неизвестна. С ними и с лучшими сделками: allocator accounts rebalance"
    ),
    "Without prices in the store, and so not counted in it: {tickers}.": (
        "Без цен в хранилище, и потому не учтены: {tickers}."
    ),
    "{value}: {what}.": "{value}: {what}.",
    "Nothing is excluded: everything may be bought.": "Исключений нет: покупать можно всё.",
    "Not to be bought: {tickers}.": "Не покупать: {tickers}.",
    "To be taken out: {money}.": "Вывести: {money}.",
    "The newest trades, of {count}:": "Последние сделки, всего {count}:",
    "There are no accounts yet. To bring one: allocator accounts import FILE.ini": (
        "Счетов пока нет. Загрузить счёт: allocator accounts import FILE.ini"
    ),
    "the horizon of the deals is {horizon} {horizon:day|days} of trading, by the log of trades": (
        "горизонт сделок по журналу: {horizon} {horizon:торговый день|торговых дня|торговых дней}"
    ),
    "Wanted": "Цель",
    "Fee": "Комиссия",
    "Lot": "Лот",
    "Before": "Было",
    "After": "Стало",
    "Change": "Изменение",
    "All": "Все",
    "Account": "Счёт",
    "to take out": "вывести",
    "Cash of {account}: {before} before, {after} after.": "Деньги на счёте {account}: было {before}, станет {after}.",
    "The accounts carry out the plan as it is.": "Счета исполняют план в точности.",
    "Without transfers between accounts no split is closer to the plan: {distance} away.": (
        "Без переводов между счетами ближе к плану не подойти: расстояние {distance}."
    ),
    "TIME LIMIT: the best split found is {distance} away from the plan; no split is closer than {bound}.": (
        "ВРЕМЯ ВЫШЛО: лучшее найденное разделение отстоит от плана на {distance}; ближе {bound} не бывает."
    ),
    "Read it again and repeat the edit on what is there now.": "Прочитайте заново и повторите правку.",
    "Account {account} is gone: version {read} was read.": "Счёта {account} больше нет: читали версию {read}.",
    "Account {account} is there already, in version {there}.": "Счёт {account} уже есть, версия {there}.",
    "Account {account} has changed meanwhile: version {read} was read, version {there} is stored.": (
        "Счёт {account} тем временем изменился: читали версию {read}, хранится версия {there}."
    ),
    "The targets have changed meanwhile: version {read} was read, version {there} is stored.": (
        "Цели тем временем изменились: читали версию {read}, хранится версия {there}."
    ),
    "the accounts": "счетах",
    "the targets": "целях",
    "the log of trades": "журнале сделок",
    "account {account}": "счёте {account}",
    "{name}: what is stored of {what} is damaged.": "{name}: сведения о {what} повреждены.",
    "Put back a backup of the store, or import the portfolio file again into a new one.": (
        "Восстановите резервную копию хранилища или загрузите файл портфеля в новое."
    ),
    "No account can be called {name}: an address cannot end so.": (
        "Счёт нельзя назвать {name}: так не может кончаться адрес."
    ),
    "Its units put it in.": "Чтобы бумага появилась на счёте, укажите её количество.",
    "{ticker} is named twice: {words}.": "{ticker} указан дважды: {words}.",
    "Name it once.": "Укажите его один раз.",
    "{ticker} is here as {name}.": "{ticker} здесь уже есть, под именем {name}.",
    "Keep what it has first: GET /accounts/NAME/export; then repeat with force=true.": (
        "Сначала сохраните его: GET /accounts/ИМЯ/export; затем повторите с force=true."
    ),
    "Remove it on its own page, where it can be saved first.": (
        "Удалите его на его собственной странице: там его можно сначала сохранить."
    ),
}
