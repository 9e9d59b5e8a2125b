"""Writes fresh/<lang>.jsonl: a second set with another seed and other errors, never used to tune the matcher. See README.md."""

import json
import pathlib
import random

from make import HABITS, dressed, habits

# The pad of ITU-T E.161: what lies beside each key.
BESIDE = {"2": "135", "3": "26", "4": "157", "5": "2468", "6": "359", "7": "48", "8": "5790", "9": "68"}
LATIN = {"2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"}
# Cyrillic as vendors have it: ETSI ES 202 130; one with п and т moved; one with the letters of the alphabet in fours and fives.
VENDORS = [
    {"2": "абвг", "3": "дежз", "4": "ийкл", "5": "мноп", "6": "рсту", "7": "фхцч", "8": "шщъы", "9": "ьэюя"},
    {"2": "абвг", "3": "деёжз", "4": "ийкл", "5": "мно", "6": "прс", "7": "туфх", "8": "цчшщ", "9": "ъыьэюя"},
    {"2": "абвгґ", "3": "деєжз", "4": "иійкл", "5": "мнопө", "6": "рстуү", "7": "фхцч", "8": "шщъы", "9": "ьэюя"},
]

NO = {
    "kk": ("Алматы Астана Шымкент Тараз Атырау Семей Түркістан қаңтар ақпан наурыз мамыр маусым шілде тамыз қазан бір екі үш төрт бес алты жеті сегіз тоғыз ата әже апа іні қарындас күйеу келін сүт ет шай қант бақша кітап қалам дәптер",
           "сәлем қалайсың|жақсы демалыс|ертең келем|қайдасың өзің|ақша жібер|бала ауырып қалды|кешке хабарлас|телефон өшіп қалды|мен үйдемін|автобус кешікті"),
    "ru": ("Москва Казань Ташкент Бишкек Душанбе Самара январь февраль март апрель июнь июль август октябрь один два три четыре пять шесть семь восемь брат сестра дед тётя дядя молоко чай сахар рис мясо книга ручка тетрадь стол стул окно дверь стена крыша",
           "привет как ты|буду завтра утром|где ты сейчас|скинь денег|ребёнок заболел|позвони вечером|я на объекте|автобус опоздал|с днём рождения|всё хорошо мам"),
    "uz": ("Toshkent Samarqand Buxoro Andijon Namangan Xiva yanvar fevral mart aprel iyun iyul avgust oktabr bir ikki uch tort besh olti yetti sakkiz aka opa uka singil buvi sut choy shakar guruch gosht kitob daftar stol oyna eshik devor tom bozor",
           "salom qalaysan|ertaga boraman|qayerdasan hozir|pul tashla|bola kasal boldi|kechqurun yoz|men ishdaman hozir|avtobus kech qoldi|tugilgan kun bilan|hammasi yaxshi oyi"),
    "ky": ("Бишкек Ош Нарын Талас Каракол Баткен январь февраль март апрель июнь июль август октябрь бир эки үч төрт беш алты жети сегиз ага эже ини карындаш чоң сүт чай кант күрүч эт китеп дептер стол терезе эшик дубал базар тоо",
           "салам кандайсың|эртең барам|азыр кайдасың|акча жибер|бала ооруп калды|кечинде жаз|мен үйдөмүн|автобус кечикти|туулган күнүң менен|баары жакшы апа"),
    "tg": ("Душанбе Хуҷанд Кӯлоб Хоруғ Исфара Бохтар январ феврал март апрел июн июл август октябр як ду се чор панҷ шаш ҳафт ҳашт бародар хоҳар бобо бибӣ шир чой шакар биринҷ гӯшт китоб дафтар миз тиреза дар девор бом",
           "салом чӣ хел|пагоҳ меоям|ҳоло дар куҷо|пул фирист|бача касал шуд|бегоҳ навис|ман дар хона|автобус дер кард|зодрӯз муборак|ҳамааш хуб оча"),
    "en": ("London Delhi Lagos Manila Paris Berlin January February March April June July August October one two three four five six seven eight brother sister uncle aunt grandpa milk tea sugar rice meat paper pencil table window door wall roof market river mountain",
           "hi how are you|see you tomorrow|where are you now|send some money|the baby is ill|write me tonight|i am at home|the bus is late|happy birthday|all fine mum"),
}
LONG = {
    "kk": "жұмыс істейтін жерде ақша бермей жатыр|құжаттарым қашан дайын болады айтыңыз|үйге қашан қайтасың балалар күтіп жүр",
    "ru": "работа есть но жить пока негде|дни идут а ответа всё нет|помощь нужна только не мне а соседу",
    "uz": "ish bor lekin turar joy hali yoq|kun botdi hali hech kim kelmadi edi|yordam kerak lekin menga emas qoshnimga",
    "ky": "жумуш бар бирок жашай турган жер жок|күн батты али эч ким келген жок|жардам мага эмес кошунама керек болуп жатат",
    "tg": "кор ҳаст вале ҷои зист нест ҳоло|рӯз гузашт вале касе наомад ба мо|ёрӣ ба ман не ба ҳамсоя даркор аст",
    "en": "job is fine but no place to live|days go by and nobody answers me|help is for my neighbour not for me",
}
CODES = "*101# *112# *123*1# STOP-7 STOP 15 СТОП 1 1414 9909 ACTIV BEELINE 2FA 77001 G-4821 PIN2 eGov KASPI VK IMO".replace("STOP 15", "STOP_15").replace("СТОП 1 ", "СТОП_1 ")


def pads(letter):
    return [pad for pad in [LATIN, *VENDORS] if any(letter in key for key in pad.values())]


def slip(rng, word):
    """One keypad error: the key beside (same tap), a tap too many or too few on a vendor's key, a letter lost, one doubled."""
    for _ in range(50):
        at = rng.randrange(len(word))
        letter, kind = word[at], rng.choice(["beside", "tap", "tap", "lost", "doubled"])
        if kind == "lost" and len(word) > 3:
            return kind, word[:at] + word[at + 1:]
        if kind == "doubled":
            return kind, word[:at] + letter + word[at:]
        found = pads(letter)
        if kind in ("beside", "tap") and found:
            pad = rng.choice(found)
            key = next(key for key, letters in pad.items() if letter in letters)
            tap = pad[key].index(letter)
            if kind == "tap":
                return kind, word[:at] + pad[key][(tap + rng.choice([-1, 1])) % len(pad[key])] + word[at + 1:]
            other = rng.choice([near for near in BESIDE[key] if near in pad])
            if tap < len(pad[other]):
                return kind, word[:at] + pad[other][tap] + word[at + 1:]
    return "doubled", word + word[-1]


def main():
    folder = pathlib.Path(__file__).parent / "fresh"
    folder.mkdir(exist_ok=True)
    for lang in HABITS:
        rng = random.Random(f"kopir fresh words {lang} second draw")
        words = [(meaning, word) for meaning, forms in habits(lang) for word in forms]
        # What is a word of the table after the error is none with an error.
        clean = {word for _, word in words}
        lines = []
        while len(lines) < 500:
            meaning, word = rng.choice(words)
            if len(lines) < 200:
                kind, typed = "clean", word
            else:
                error, typed = slip(rng, word)
                kind = f"key {error} {'short' if len(word) < 5 else 'long'}"
                if typed in clean:
                    continue
            args, typed = [], dressed(rng, typed)
            if meaning not in ("stop", "sos") and rng.random() < 0.25:
                args = [str(rng.randrange(100000000, 999999999))]
                typed += " " + args[0].replace("1", rng.choice("1lI|"), 1).replace("3", rng.choice("3З"), 1)
            lines.append({"lang": lang, "text": typed, "meaning": meaning, "args": args, "kind": kind})
        single, small = NO[lang]
        no = single.split() + small.split("|") + LONG[lang].split("|") + [code.replace("_", " ") for code in CODES.split()]
        while len(no) < 200:
            one, other = rng.sample(single.split(), 2)
            no.append(rng.choice([f"{one} {other}", f"{one}, {other}", f"{one} {rng.randrange(10, 5000)}", f"{one}!"]))
        lines += [{"lang": lang, "text": text, "meaning": None, "kind": "no"} for text in no[:200]]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{lang}.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
