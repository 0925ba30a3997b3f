"""Work spread over processes and over the machines of Ray."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "{value} is neither a number of processes nor where Ray is": "{value} — не число процессов и не адрес Ray",
    "a whole number of processes from 1, ray, or ray://host:port": "целое число процессов от 1, ray или ray://host:port",
    "{workers} is neither a number of processes nor where Ray is.": "{workers} — не число процессов и не адрес Ray.",
    "Type --workers 4, --workers ray or --workers ray://host:10001.": (
        "Введите --workers 4, --workers ray или --workers ray://host:10001."
    ),
    "A worker process was ended before its work was done, and the others with it.": (
        "Рабочий процесс завершён раньше времени, а с ним и остальные."
    ),
    "If memory ran out, give fewer workers.": "Если не хватило памяти, задайте меньше процессов.",
    "A machine of Ray has not enough memory for its workers.": "На машине Ray не хватает памяти для её процессов.",
    "A worker process of Ray was ended, or its machine was lost.": "Процесс Ray завершён, или его машина пропала.",
    "This was stopped before its end.": "Работа остановлена раньше конца.",
    "Work is spread over machines with {library}, which is not installed.": (
        "Работу распределяет по машинам {library}, а этот пакет не установлен."
    ),
    'With the Python that runs allocator: python -m pip install "ray[client]"': (
        'Тем Python, который запускает allocator: python -m pip install "ray[client]"'
    ),
    "This process is connected with Ray already.": "Этот процесс уже соединён с Ray.",
    "{address}: Ray has no machine with a processor to give.": "{address}: у Ray нет машины со свободным процессором.",
    "Type there: ray start --address=HEAD:6379": "Введите там: ray start --address=HEAD:6379",
    "{address}: Ray does not answer.": "{address}: Ray не отвечает.",
    "{address}: nobody answers there: {reason}.": "{address}: там никто не отвечает: {reason}.",
    "it takes too long": "слишком долго",
    "Correct the address, or type there: ray start --head --ray-client-server-port={port}": (
        "Исправьте адрес или введите там: ray start --head --ray-client-server-port={port}"
    ),
    "Ray cannot be started here: {reason}.": "Запустить Ray здесь не удалось: {reason}.",
    "{address} has another version of Ray or of Python: {reason}.": (
        "{address}: другая версия Ray или Python: {reason}."
    ),
    "Install the same versions on every machine.": "Установите одинаковые версии на всех машинах.",
    "{address}: what answers there is not Ray's server of clients, or is not ready: {reason}.": (
        "{address}: отвечает не сервер клиентов Ray, или он не готов: {reason}."
    ),
    "Its port is 10001 unless it was told another. If it asks for a token, that must be here, too.": (
        "Его порт — 10001, если не задан другой. Если он требует токен, тот нужен и здесь."
    ),
    "{address}: the connection with Ray was lost: {reason}.": "{address}: связь с Ray потеряна: {reason}.",
    "The same command goes on where this one was.": "Та же команда продолжит с этого места.",
    "{machine}: this program is not installed there.": "{machine}: эта программа там не установлена.",
    "{machine} has version {found} of this program, and here is {version}.": (
        "{machine}: там версия этой программы {found}, а здесь {version}."
    ),
    "Install version {version} on every machine of Ray.": "Установите версию {version} на каждой машине Ray.",
    "{machine} gave an answer that cannot be read.": "{machine}: ответ прочесть не удалось.",
    "A machine of Ray cannot run this program: {reason}.": "Машина Ray не может выполнить эту программу: {reason}.",
    "The process of {model} was ended, or its machine was lost.": (
        "Процесс модели {model} завершён, или его машина пропала."
    ),
    "{folder} belongs to somebody else.": "{folder} принадлежит кому-то другому.",
    "Delete it on that machine.": "Удалите эту папку на той машине.",
}
