"""What stands on every page: the menu, the toggles of the header, and failures."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "Portfolio": "Портфель",
    "Accounts": "Счета",
    "Dividends": "Дивиденды",
    "Forecast": "Прогноз",
    "Optimization": "Оптимизация",
    "Rebalance": "Ребалансировка",
    "Backtest": "Бэктест",
    "Data": "Данные",
    "Models": "Модели",
    "Settings": "Настройки",
    "Menu": "Меню",
    "Pages": "Страницы",
    "To the content": "К содержанию",
    "Dismiss this message": "Убрать сообщение",
    "Sign out": "Выйти",
    "Hide amounts": "Скрывать суммы",
    "Theme: light. Make it dark.": "Тема: светлая. Сделать тёмной.",
    "Theme: dark. Leave it to the system.": "Тема: тёмная. Пусть решает система.",
    "Theme: as the system has it. Make it light.": "Тема: как в системе. Сделать светлой.",
    "Error {status}": "Ошибка {status}",
    "There is no page {path}.": "Страницы {path} нет.",
    "Choose one of the menu.": "Выберите страницу в меню.",
    "{message}": "{message}",
    "Correct it and try again.": "Исправьте и попробуйте ещё раз.",
    "Something went wrong inside; the log of the server tells more.": (
        "Внутри что-то сломалось; подробности в журнале сервера."
    ),
    "The body is no JSON: {reason}, at character {place}.": "Тело запроса — не JSON: {reason}, знак {place}.",
    "The body is no object of JSON.": "Тело запроса — не объект JSON.",
    "Send an object of fields, with the header Content-Type: application/json": (
        "Пришлите объект с полями и заголовком Content-Type: application/json"
    ),
    "this cannot be read": "это не удалось прочитать",
    "Look at its spelling: /api/openapi.json names the fields.": (
        "Проверьте написание: поля названы в /api/openapi.json."
    ),
    "a whole number is needed": "нужно целое число",
    "true or false is needed": "нужно true или false",
    "it is missing": "его нет",
    "there is no such field": "такого поля нет",
    "a text in quotation marks is needed": "нужен текст в кавычках",
    "this number is too large": "это число слишком велико",
    "an object of fields is needed": "нужен объект с полями",
    "a day such as 2026-07-18 is needed": "нужен день, например 2026-07-18",
    "one of {words} is needed": "нужно одно из: {words}",
    "at most {count} are taken": "принимается не больше {count}",
    "at least {count} are needed": "нужно не меньше {count}",
    "it is at least {limit}": "нужно не меньше {limit}",
    "it is above {limit}": "нужно больше {limit}",
    "it is at most {limit}": "нужно не больше {limit}",
    "it is below {limit}": "нужно меньше {limit}",
}
