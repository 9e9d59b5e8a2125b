"""Writes <lang>.jsonl beside this file: typed variants of the words and letters that are none. See README.md."""

import json
import pathlib
import random

# How people write each word, by hand: with a full keypad, without the letters it lacks, in Latin by habit.
HABITS = {
    "kk": """status статус status statys; status күй куй kui; job жұмыс жумыс jumys zhumys jumis zhumis
        alert хабар habar khabar xabar; course курс kurs; cert серт sert; role мамандық мамандык mamandyq mamandyk mamandik
        book жазылу jazylu zhazylu jazilu; centre орталық орталык ortalyq ortalyk ortaliq; days күн кун kun kün
        permit рұқсат руксат ruqsat ruksat; visa виза viza; quota квота kvota; qandas қандас кандас qandas kandas
        wage жалақы жалакы jalaqy zhalaky jalaqi zhalaqy; sos sos сос; abroad шетел shetel şetel; check тексер tekser
        call қоңырау конырау qonyrau konyrau qoñyrau; lang тіл тил til; data дерек derek; help көмек комек komek kömek
        stop тоқта токта toqta tokta""",
    "ru": """status статус status; job работа rabota; alert подписка podpiska; course курс kurs; cert серт sert
        role роль rol rol'; book запись zapis zapis'; centre центр tsentr centr; days дни dni; permit разрешение razreshenie razreshenije
        visa виза viza; quota квота kvota; qandas кандас kandas; wage зарплата zarplata; sos сос sos; abroad рубеж rubezh rubej
        check проверь prover prover'; call звонок zvonok; lang язык yazyk iazyk yazik; data данные dannye dannie
        help помощь pomosh pomoshch pomosch; stop стоп stop""",
    "uz": """status holat xolat ҳолат холат; job ish иш; alert xabar habar хабар; course kurs курс; cert sert серт; role kasb касб
        book navbat навбат; centre markaz марказ; days kun кун; permit ruxsat ruhsat рухсат; visa viza виза; quota kvota квота
        qandas qandas kandas қандас; wage oylik oylik ойлик; wage maosh маош; sos sos сос; abroad xorij horij хориж
        check tekshir текшир; call qongiroq qo'ng'iroq qoʻngʻiroq қўнғироқ kungirok; lang til тил
        data malumot ma'lumot maʼlumot маълумот; help yordam ёрдам jordam; stop toxtat to'xtat тўхтат tohtat""",
    "ky": """status абал abal; job жумуш jumush zhumush jumuş; alert кабар kabar; course курс kurs; cert серт sert
        role кесип kesip; book жазылуу jazyluu zhazyluu jaziluu; centre борбор borbor; days күн кун kun; permit уруксат uruksat urukhsat
        visa виза viza; quota квота kvota; qandas кандас kandas; wage айлык ailyk aylyk ailik; sos sos сос
        abroad четэл чет-эл четел chetel; check текшер teksher; call чал chal; lang тил til; data маалымат maalymat malymat maalimat
        help жардам jardam zhardam; stop токто tokto""",
    "tg": """status ҳолат холат holat kholat; job кор kor; alert хабар khabar habar xabar; course курс kurs; cert серт sert
        role касб kasb; book навбат navbat; centre марказ markaz; days рӯз руз ruz; permit иҷозат ичозат ijozat ijazat; visa виза viza
        quota квота kvota; qandas қандас кандас qandas; wage маош maosh; sos sos сос; abroad хориҷ хориж khorij khorizh
        check санҷиш sanjish санчиш; call занг zang; lang забон zabon; data маълумот ma'lumot malumot маьлумот
        help ёрӣ ёри yori; stop ист ist""",
    "en": """status status; job job; alert alert; course course; cert cert sert; role role; book book; centre centre center
        days days; permit permit; visa visa viza; quota quota kvota; qandas qandas kandas; wage wage; sos sos
        abroad abroad; check check; call call; lang lang; data data; help help; stop stop""",
}

# Keys of ETSI ES 202 130 as common phones have them.
KEYS = ["abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz", "абвг", "дежз", "ийкл", "мноп", "рсту", "фхцч", "шщъы", "ьэюя"]
TO_LATIN = dict(zip("асеорхкмт", "aceopxkmt"))
TO_CYRILLIC = {latin: cyrillic for cyrillic, latin in TO_LATIN.items()}

# First names, family names, greetings, small talk, questions of five words and more, one everyday word.
NO = {
    "kk": ("Айгүл Нұрлан Ерлан Гүлнар Асқар Динара Бауыржан Сәуле", "Ахметов Серікбаев Омарова Жүнісов",
           "сәлем|салем|salem|қайырлы таң|ассалаумағалейкум|рахмет|rahmet|кешіріңіз",
           "қашан келемін айтыңызшы|менің құжатым қайда қалды екен|бұл нөмір кімдікі болады екен|erten saghat neshede ashylady ekensiz|бүгін жұмыс күні ме өзі сізде",
           "қандай қанша қайда кешке таңертең әке шеше бала үй нан су жол қала ауыл дос ақша сағат дәрі мектеп көлік"),
    "ru": ("Иван Мария Ольга Сергей Анна Дмитрий Алишер Зарина", "Иванов Каримов Петрова Рахимов",
           "привет|здравствуйте|добрый день|спасибо|пока|алло|извините|как дела",
           "когда вы завтра открываетесь скажите|сколько стоит эта справка сейчас|мне нужна работа на стройке|а где ваш офис находится|почему мне никто не отвечает",
           "мама папа хлеб вода город улица деньги школа завтра вчера автобус погода семья паспорт время кто где когда зачем телефон"),
    "uz": ("Alisher Dilnoza Jasur Nodira Sherzod Gulnora Bobur Malika", "Karimov Rahimova Yusupov Tosheva",
           "salom|assalomu alaykum|rahmat|xayr|hayrli kun|yaxshimisiz|kechirasiz|алло",
           "ertaga soat nechada ochilasiz aytingchi|mening hujjatim qachon tayyor bo'ladi|bu raqam kimniki bilmadim aytasizmi|men qurilishda ishlashni xohlayman edi|nega menga hech kim javob bermaydi",
           "qanday qancha qayerda ona ota non suv shahar qishloq do'st pul soat maktab mashina bola uy yo'l kecha ertaga bugun"),
    "ky": ("Айбек Нургүл Бакыт Жылдыз Азамат Чынара Мээрим Эрмек", "Асанов Токтосунов Жумабаева Осмонов",
           "салам|саламатсызбы|рахмат|кош бол|кечиресиз|salam|кандайсыз|алло",
           "эртең саат канчада ачыласыз айтыңызчы|менин документим качан даяр болот|бул номер кимдики болот экен|мага эмне үчүн жооп жок|мен курулушта иштегим келет эле",
           "кандай канча кайда эне ата нан суу шаар айыл дос акча саат мектеп машина бала үй жол кечээ эртең бүгүн"),
    "tg": ("Фаррух Мадина Рустам Зебо Далер Нигина Сорбон Шаҳноза", "Раҳимов Назарова Саидов Қодирова",
           "салом|ассалому алайкум|раҳмат|хайр|хуб шаб|бубахшед|salom|алло",
           "пагоҳ соати чанд мекушоед гӯед|ҳуҷҷати ман кай тайёр мешавад|ин рақам аз они кист|чаро ба ман касе намегӯяд|ман дар сохтмон будан мехоҳам",
           "чанд куҷо модар падар нон об шаҳр деҳа дӯст пул соат мактаб мошин бача хона роҳ дирӯз пагоҳ имрӯз чаро"),
    "en": ("John Mary Ahmed Sarah Peter Linda Ali Fatima", "Smith Brown Khan Taylor",
           "hello|hi|good morning|thanks|bye|thank you|sorry|how are you",
           "when do you open tomorrow morning|how much does this paper cost|where is your office please tell|why does nobody ever answer me|i want to work in building",
           "what where when mother father bread water city street money school tomorrow bus weather family house road car night phone"),
}
CODES = "*100# *111# *112*2# BALANCE BALANS INFO TARIF PIN PUK 1414 102 INET BONUS GB5 OK YES NO ДА НЕТ 0000 7777".split()


def habits(lang):
    for entry in HABITS[lang].replace("\n", ";").split(";"):
        parts = entry.split()
        if parts:
            yield parts[0], parts[1:]


def dressed(rng, word):
    case = rng.choice([str.lower, str.lower, str.upper, str.capitalize])
    before, after = rng.choice([("", "")] * 5 + [("", "."), ("", "!"), (" ", " "), ("", "?"), ("«", "»"), ("#", "")])
    return before + case(word) + after


def alien(rng, word):
    """One or more letters of the other alphabet that look the same, in a word long enough to be told."""
    table = TO_CYRILLIC if word.isascii() else TO_LATIN
    places = [at for at, letter in enumerate(word) if letter in table]
    if len(word) < 4 or not places:
        return word
    chosen = set(rng.sample(places, rng.randint(1, len(places))))
    return "".join(table[letter] if at in chosen else letter for at, letter in enumerate(word))


def slip(rng, word):
    """One keypad error: a tap too many or too few, else a swap or a lost letter in a word of five and more."""
    if len(word) >= 5 and rng.random() < 0.3:
        at = rng.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2:] if rng.random() < 0.5 else word[:at] + word[at + 1:]
    places = [(at, key) for at, letter in enumerate(word) for key in KEYS if letter in key]
    at, key = rng.choice(places)
    step = rng.choice([-1, 1])
    return word[:at] + key[(key.index(word[at]) + step) % len(key)] + word[at + 1:]


def main():
    here = pathlib.Path(__file__).parent
    for lang in HABITS:
        rng = random.Random(f"kopir words {lang}")
        words = [(meaning, word) for meaning, forms in habits(lang) for word in forms]
        lines = []
        for number in range(500):
            meaning, word = words[number % len(words)] if number < 2 * len(words) else rng.choice(words)
            kind = "clean" if number < 300 else "key"
            if kind == "key":
                meaning, word = rng.choice(words)
                typed = dressed(rng, slip(rng, word))
            else:
                typed = dressed(rng, alien(rng, word) if rng.random() < 0.1 else word)
            args = []
            if meaning not in ("stop", "sos") and rng.random() < 0.2:
                args = [str(rng.randrange(1000, 99999))]
                typed += " " + args[0].replace("0", rng.choice("0OО"), 1)
            lines.append({"lang": lang, "text": typed, "meaning": meaning, "args": args, "kind": kind})
        first, last, hello, free, plain = NO[lang]
        names = [f"{a} {b}" for a in first.split() for b in last.split()]
        no = names + first.split() + last.split() + hello.split("|") + free.split("|") + plain.split() + CODES
        no += [f"{a}, {b}" for a in hello.split("|") for b in first.split()]
        no += [f"{a} {b}" for a in rng.sample(plain.split(), 10) for b in rng.sample(plain.split(), 10)]
        no += ["STOP 123", "стоп 5", "stop it"]
        no = list(dict.fromkeys(no))
        rng.shuffle(no)
        lines += [{"lang": lang, "text": text, "kind": "no"} for text in no[:200]]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (here / f"{lang}.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
