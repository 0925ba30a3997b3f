"""Russian for backups of the store."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- writing one
    "copying the store": "копирование хранилища",
    "packing": "упаковка",
    "verifying": "проверка",
    "unpacking": "распаковка",
    "restoring": "восстановление",
    "{path}: {rows} {rows:row|rows}, {megabytes} MB, verified; {seconds} s.": (
        "{path}: {rows} {rows:строка|строки|строк}, {megabytes} МБ, проверено; {seconds} с."
    ),
    "{path} made room for it.": "{path} удалён, чтобы дать ей место.",
    "{path} is of today ({time}); for another one: allocator backup --again": (
        "{path} — сегодняшняя копия ({time}); чтобы сделать ещё одну: allocator backup --again"
    ),
    "the store as it was is in {path} ({megabytes} MB)": "прежнее хранилище сохранено в {path} ({megabytes} МБ)",
    "no backup of the day: {reason}": "резервной копии за день нет: {reason}",
    "{path} is not a file.": "{path} — не файл.",
    "Give the name of a file.": "Укажите имя файла.",
    "{path} is there already, and is no backup of a store.": "{path} уже есть, и это не резервная копия хранилища.",
    "Give another name, or overwrite it with --force.": "Укажите другое имя или перезапишите файл с --force.",
    "{name}: another backup or restore is under way.": (
        "{name}: уже идёт другое резервное копирование или восстановление."
    ),
    "{name}: a refresh or an import is under way.": "{name}: идёт обновление или загрузка файлов.",
    "Run the same command again when it is done.": "Повторите ту же команду, когда это закончится.",
    "--again is for the folder of backups.": "--again относится к папке резервных копий.",
    "Leave out FILE, or --again.": "Уберите FILE или --again.",
    # --- what there is
    "There are no backups in {folder} yet. To make one: allocator backup": (
        "В {folder} ещё нет резервных копий. Чтобы сделать копию: allocator backup"
    ),
    "Made": "Сделана",
    "Rows": "Строки",
    "MB": "МБ",
    "File": "Файл",
    "To put one back: allocator restore FILE": "Чтобы вернуть копию: allocator restore FILE",
    # --- reading one
    "See what backups there are: allocator restore": "Какие есть копии: allocator restore",
    "No FILE to restore.": "Не сказано, какой файл восстановить.",
    "{path} is no backup of a store.": "{path} — не резервная копия хранилища.",
    "{path}: the backup is damaged: {what}. Nothing was changed.": (
        "{path}: резервная копия повреждена: {what}. Ничего не изменено."
    ),
    "what it says of itself cannot be read": "её описание не прочитать",
    "it was cut": "файл обрезан",
    "it cannot be unpacked": "её не распаковать",
    "more is in it than it says": "в ней больше, чем сказано в описании",
    "less is in it than it says": "в ней меньше, чем сказано в описании",
    "its checksum is of another content": "контрольная сумма от другого содержимого",
    "what is in it is no store": "внутри не хранилище",
    "The store is unpacked there before it is put in place: free some space, or make the folder writable.": (
        "Там распаковывается хранилище, прежде чем встать на место: освободите место или разрешите запись в папку."
    ),
    "{path}: {name} as of {time}, {rows} {rows:row|rows}, tables {tables}, written by version {version}.": (
        "{path}: {name} на {time}, {rows} {rows:строка|строки|строк}, таблицы {tables}, записано версией {version}."
    ),
    "Every byte of it is as it was written.": "Каждый байт остался таким, каким был записан.",
    # --- putting it back
    "it came back with a backup, and may have been sent": "вернулось с резервной копией и, возможно, уже отправлено",
    "what is there now cannot be kept: {reason}": "то, что есть сейчас, не сохранить: {reason}",
    "To restore without keeping it, add: --discard": "Чтобы восстановить, не сохраняя этого, добавьте: --discard",
    "Nobody is here to be asked.": "Спросить некого.",
    "Add --yes to replace what the store holds.": "Добавьте --yes, чтобы заменить содержимое хранилища.",
    "{name} holds {rows} {rows:row|rows}; all of it is replaced.": (
        "{name}: {rows} {rows:строка|строки|строк}; всё будет заменено."
    ),
    "Replace them?": "Заменить их?",
    "{name} is as of {time}: {rows} {rows:row|rows}; {seconds} s.": (
        "{name} — снова на {time}: {rows} {rows:строка|строки|строк}; {seconds} с."
    ),
    "Models without weights here, for backups hold none: {count}. To train them again: allocator train --again": (
        "Моделей без весов (в копиях их нет): {count}. Чтобы обучить их заново: allocator train --again"
    ),
}
