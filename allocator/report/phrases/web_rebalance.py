"""What the page of rebalancing says."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "a text from a page reads no file of this machine": "текст со страницы не читает файлов этой машины",
    "Paste the lines of that file here instead.": "Вставьте сюда строки того файла.",
    "Write the figures themselves here.": "Напишите здесь сами числа.",
    "the time limit is {seconds} {seconds:second|seconds} here": "предел времени здесь {seconds} с",
    "There is no table of quotes.": "Таблицы котировок нет.",
    "Paste one: its first line is ticker,bid,ask,lot.": "Вставьте её: первая строка — ticker,bid,ask,lot.",
    "Paste its table of quotes beneath the text, or take another source of quotes.": (
        "Вставьте его таблицу котировок под текстом или выберите другой источник котировок."
    ),
    "Others are being served.": "Сейчас обслуживаются другие.",
    "Try again in a minute.": "Попробуйте ещё раз через минуту.",
    "This took longer than {seconds} {seconds:second|seconds} and was stopped.": (
        "Это заняло больше {seconds} с и было остановлено."
    ),
    "Write a gap such as 0.1% in [options], or ask the command line, which has patience.": (
        "Напишите в [options] gap, например 0.1%, или спросите командную строку: она терпелива."
    ),
    "This answer is not kept any more.": "Этот ответ больше не хранится.",
    "Have it worked out again.": "Рассчитайте его заново.",
    "All accounts as one: {names}.": "Все счета как один: {names}.",
    "Account {account}.": "Счёт {account}.",
    "the accounts hold something else than the text says, so the deals are not given out to them": (
        "на счетах лежит не то, что сказано в тексте, поэтому сделки по счетам не розданы"
    ),
    "The targets and options of all accounts are now those of the text.": (
        "Цели и параметры всех счетов теперь такие, как в тексте."
    ),
    "Account {account} is now as the text says.": "Счёт {account} теперь такой, как сказано в тексте.",
    "The accounts take no quotes from {path}: {reason}": "Счета не берут котировок из {path}: {reason}",
    "Write another provider in [options], or import the file: allocator accounts import FILE.ini": (
        "Напишите в [options] другой provider или импортируйте файл: allocator accounts import FILE.ini"
    ),
    "The text holds something else than the accounts together: {what}.": (
        "В тексте лежит не то, что на всех счетах вместе: {what}."
    ),
    "What is held is changed account by account: take the text of one account, or go to its page.": (
        "Состав меняют по одному счёту: возьмите текст одного счёта или откройте его страницу."
    ),
    "Write it beside the button.": "Напишите его рядом с кнопкой.",
    "Say what you hold and want: the deals that bring you nearest are worked out in whole lots, with a proof.": (
        "Скажите, что есть и чего хочется: будут найдены сделки целыми лотами, которые подведут ближе всего, "
        "с доказательством."
    ),
    "What is there now": "Что там сейчас",
    "Your text stands below as you typed it. Saved again, it replaces this one.": (
        "Ваш текст стоит ниже таким, как вы его набрали. Сохранённый ещё раз, он заменит этот."
    ),
    "Text of": "Текст",
    "All accounts as one": "Все счета как один",
    "Account {account}": "Счёт {account}",
    "A sample to learn from": "Пример для знакомства",
    "Put into the editor": "В редактор",
    "Portfolio file": "Файл портфеля",
    "Is it in order?": "Всё ли в порядке?",
    "looking": "смотрю",
    "Check": "Проверить",
    "Prices": "Цены",
    "Where they come from": "Откуда они",
    "As the text says (the exchange, unless it says otherwise)": "Как сказано в тексте (биржа, если не сказано иначе)",
    "The last closes of the store: no network is needed": "Последние закрытия из хранилища: сеть не нужна",
    "The table below": "Таблица ниже",
    "A table of quotes": "Таблица котировок",
    "CSV: ticker,bid,ask and, if known, last,lot,time": "CSV: ticker,bid,ask и, если известны, last,lot,time",
    "A page reads no file of this machine: a text that says FILE means this table.": (
        "Страница не читает файлов этой машины: FILE в тексте означает эту таблицу."
    ),
    "What to do": "Что сделать",
    "Find the best deals": "Найти лучшие сделки",
    "working it out": "считаю",
    "Stop": "Остановить",
    "Save to the accounts": "Сохранить в счета",
    "Targets and options are saved; what is held is changed account by account.": (
        "Сохраняются цели и параметры; состав меняют по одному счёту."
    ),
    "its targets and options become those of all accounts": "его цели и параметры станут общими для всех счетов",
    "Save": "Сохранить",
    "Download the text": "Скачать текст",
    "Open a file of your own": "Открыть свой файл",
    "Its quotes, if it names a file of them": "Его котировки, если он называет файл с ними",
    "Open the file": "Открыть файл",
    "The best deals": "Лучшие сделки",
    "In order.": "Всё в порядке.",
    "To be mended: {count}": "Исправить: {count}",
    "line {line}": "строка {line}",
    "Take the last closes of the store instead": "Взять вместо них последние закрытия из хранилища",
    "Proven to be the best.": "Доказано, что лучше нет.",
    "Time ran out before a proof.": "Время вышло раньше доказательства.",
    "Deals: {count}.": "Сделок: {count}.",
    "What is held, what to deal, what will be held. Values are at bid, figures add up as they are shown.": (
        "Что есть, какие сделки, что станет. Стоимость — по цене покупки (bid), числа складываются так, как показаны."
    ),
    "Bid": "Bid",
    "Ask": "Ask",
    "Source (now)": "Сейчас",
    "Result (then)": "Станет",
    "Share": "Доля",
    "Money": "Деньги",
    "Of the deal": "От сделки",
    "Allowed": "Разрешено",
    "Show the text: it has amounts": "Показать текст: в нём суммы",
    "not a live bid and ask": "не живые bid и ask",
    "mean deviation from the ideal": "среднее отклонение от идеала",
    "In brackets: the mean deviation from the ideal portfolio, as a share of the whole.": (
        "В скобках: среднее отклонение от идеального портфеля, как доля целого."
    ),
    "Orders as CSV": "Заявки в CSV",
    "Answer as JSON": "Ответ в JSON",
    "Why these deals?": "Почему эти сделки?",
    "What does each deal buy?": "Что даёт каждая сделка?",
    "Who deals in what": "Кто чем торгует",
    "Deals of each account, whole lots; nothing is moved between accounts.": (
        "Сделки каждого счёта, целые лоты; между счетами ничего не переводится."
    ),
    "Without transfers between accounts the plan cannot be carried out in full: {distance} of it are left undone.": (
        "Без переводов между счетами план нельзя выполнить целиком: {distance} из него не сделано."
    ),
    "Why these deals": "Почему эти сделки",
    "How the shares of auto assets came about": "Откуда взялись доли активов auto",
    "How much closer each deal brings the asset to its target, and what it costs.": (
        "Насколько ближе к цели подводит актив каждая сделка и чего она стоит."
    ),
    "What keeps the portfolio from being closer, and by how much": "Что мешает портфелю быть ближе и насколько",
    "Mean deviation by the number of deals; the table below has its figures.": (
        "Среднее отклонение по числу сделок; числа — в таблице ниже."
    ),
    "The best portfolio with at most so many deals.": "Лучший портфель при таком наибольшем числе сделок.",
}
