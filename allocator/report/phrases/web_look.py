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
    "This cannot be read: {fields}.": "Это не удалось прочитать: {fields}.",
    "Correct it and try again.": "Исправьте и попробуйте ещё раз.",
    "Something went wrong inside; the log of the server tells more.": (
        "Внутри что-то сломалось; подробности в журнале сервера."
    ),
}
