"""What the demo's brand sells: categories, lines of goods, flavours and sizes. Invented brands, real kinds of goods.

The catalogue is the product of these tables (``catalogue.py``): each line comes in each of its flavours and sizes.
"""

from typing import NamedTuple


class Kind(NamedTuple):
    """A category. ``tax`` in percent: 9 for staple food, else 13."""

    code: str
    zh: str
    en: str
    tax: int


class Line(NamedTuple):
    """``flavours`` names a key of ``FLAVOURS``, ``sizes`` one of ``SIZES``. ``price`` is the standard price of the
    first size, in yuan with tax; ``colour`` the brand's."""

    kind: str
    brand: str
    prefix: str
    zh: str
    en: str
    flavours: str
    sizes: str
    price: float
    colour: str


class Flavour(NamedTuple):
    code: str
    zh: str
    en: str
    colour: str


class Size(NamedTuple):
    """``text`` as printed on the pack, ``code`` its part of the SKU, ``times`` the price of the line's first size,
    ``case`` base units in a case, ``inner`` in an inner pack (0: none). ``unit`` where it isn't its format's."""

    text: str
    code: str
    times: float
    case: int
    inner: int
    unit: str = ""


class Format(NamedTuple):
    """How goods of one set of sizes are packed: ``unit`` is a key of ``UNITS``, ``shape`` what pictures draw."""

    unit: str
    shape: str


UNITS: dict[str, tuple[str, str]] = {
    "bottle": ("瓶", "bottle"),
    "can": ("罐", "can"),
    "carton": ("盒", "carton"),
    "bag": ("袋", "bag"),
    "pack": ("包", "pack"),
    "tub": ("桶", "tub"),
    "cup": ("杯", "cup"),
    "tube": ("支", "tube"),
    "bar": ("块", "bar"),
    "roll": ("提", "bundle"),
    "jar": ("瓶", "jar"),
    "box": ("盒", "box"),
}

# English brand names; what is printed on the packs.
BRANDS: dict[str, str] = {
    "清泉": "Qingquan",
    "山谷": "Shangu",
    "鲜果": "Xianguo",
    "牧云": "Muyun",
    "早晨": "Zaochen",
    "茶叙": "Chaxu",
    "麦田": "Maitian",
    "脆享": "Cuixiang",
    "甜屿": "Tianyu",
    "果语": "Guoyu",
    "老坛": "Laotan",
    "面匠": "Mianjiang",
    "川味坊": "Chuanweifang",
    "粮心": "Liangxin",
    "厨叶": "Chuye",
    "净柔": "Jingrou",
    "白露": "Bailu",
    "沐禾": "Muhe",
    "洁朗": "Jielang",
    "云絮": "Yunxu",
    "伴宠": "Banchong",
}

KINDS = (
    Kind("water", "饮用水", "Water", 13),
    Kind("soda", "汽水苏打", "Soda", 13),
    Kind("juice", "果汁", "Juice", 13),
    Kind("tea", "茶饮料", "Tea drinks", 13),
    Kind("coffee", "咖啡", "Coffee", 13),
    Kind("energy", "功能饮料", "Energy drinks", 13),
    Kind("milk", "牛奶", "Milk", 9),
    Kind("yoghurt", "酸奶", "Yoghurt", 13),
    Kind("biscuits", "饼干糕点", "Biscuits", 13),
    Kind("chips", "膨化薯片", "Crisps", 13),
    Kind("sweets", "糖果巧克力", "Sweets", 13),
    Kind("nuts", "坚果炒货", "Nuts", 13),
    Kind("noodles", "方便面", "Instant noodles", 13),
    Kind("ready", "速食罐头", "Ready meals", 13),
    Kind("sauces", "调味酱料", "Sauces", 13),
    Kind("staples", "米面粮油", "Rice and oil", 9),
    Kind("hair", "洗发护发", "Hair care", 13),
    Kind("skin", "洗护清洁", "Hand and body", 13),
    Kind("oral", "口腔护理", "Oral care", 13),
    Kind("laundry", "衣物清洁", "Laundry", 13),
    Kind("kitchen", "厨房家居", "Kitchen and home", 13),
    Kind("paper", "纸品湿巾", "Paper", 13),
    Kind("pets", "宠物食品", "Pet food", 13),
)

_FRUIT = (
    Flavour("OR", "甜橙", "Orange", "#f28c28"),
    Flavour("LM", "柠檬", "Lemon", "#e8c51f"),
    Flavour("PC", "白桃", "White Peach", "#f4a6a0"),
    Flavour("GP", "葡萄", "Grape", "#7b4b94"),
    Flavour("AP", "苹果", "Apple", "#7fb341"),
    Flavour("MG", "芒果", "Mango", "#f5a623"),
    Flavour("LC", "荔枝", "Lychee", "#e58ca3"),
    Flavour("PM", "西柚", "Grapefruit", "#ee6a5a"),
)

FLAVOURS: dict[str, tuple[Flavour, ...]] = {
    "plain": (
        Flavour("PU", "纯净", "Pure", "#5aa9e6"),
        Flavour("MN", "矿物质", "Mineral", "#3f8ec7"),
        Flavour("AL", "弱碱", "Alkaline", "#58b8a6"),
        Flavour("SP", "气泡", "Sparkling", "#7cc6d9"),
    ),
    "fruit": _FRUIT,
    "soda": (
        Flavour("LM", "柠檬", "Lemon", "#e8c51f"),
        Flavour("OG", "原味", "Original", "#5aa9e6"),
        Flavour("PC", "白桃", "White Peach", "#f4a6a0"),
        Flavour("LI", "青柠薄荷", "Lime Mint", "#8bbf4d"),
        Flavour("CU", "黄瓜", "Cucumber", "#6fae6b"),
        Flavour("SB", "海盐", "Sea Salt", "#8fb7cf"),
        Flavour("CO", "可乐", "Cola", "#6b3e2e"),
        Flavour("GR", "葡萄", "Grape", "#7b4b94"),
    ),
    "tea": (
        Flavour("GN", "茉莉绿茶", "Jasmine Green", "#8db255"),
        Flavour("OL", "乌龙", "Oolong", "#b08d57"),
        Flavour("BK", "冰红茶", "Iced Black", "#b5532a"),
        Flavour("PE", "普洱", "Pu'er", "#6f4a35"),
        Flavour("HN", "蜂蜜柚子", "Honey Pomelo", "#f0b429"),
        Flavour("CH", "菊花", "Chrysanthemum", "#e4c441"),
        Flavour("BA", "大麦", "Barley", "#c49a6c"),
    ),
    "coffee": (
        Flavour("LA", "拿铁", "Latte", "#b98b62"),
        Flavour("AM", "美式", "Americano", "#5b4031"),
        Flavour("MO", "摩卡", "Mocha", "#7a4b2f"),
        Flavour("CA", "焦糖", "Caramel", "#c98a3d"),
        Flavour("CO", "生椰", "Coconut", "#d9c7a8"),
        Flavour("VA", "香草", "Vanilla", "#e0c988"),
    ),
    "energy": (
        Flavour("OG", "原味", "Original", "#e0a800"),
        Flavour("BE", "蓝莓", "Blueberry", "#4c5fb1"),
        Flavour("LI", "青柠", "Lime", "#8bbf4d"),
        Flavour("GU", "瓜拉纳", "Guarana", "#c44536"),
        Flavour("ZE", "无糖", "Zero Sugar", "#7d8794"),
    ),
    "milk": (
        Flavour("WH", "全脂", "Whole", "#4a7fc1"),
        Flavour("LF", "低脂", "Low Fat", "#7fb2dd"),
        Flavour("SK", "脱脂", "Skimmed", "#a9c9e3"),
        Flavour("HC", "高钙", "High Calcium", "#5d9e8c"),
        Flavour("CC", "可可", "Cocoa", "#7a4b2f"),
        Flavour("ST", "草莓", "Strawberry", "#e5738a"),
        Flavour("WN", "核桃", "Walnut", "#a9825a"),
    ),
    "yoghurt": (
        Flavour("OG", "原味", "Plain", "#8fb7cf"),
        Flavour("ST", "草莓", "Strawberry", "#e5738a"),
        Flavour("BE", "蓝莓", "Blueberry", "#4c5fb1"),
        Flavour("PC", "黄桃", "Yellow Peach", "#f5b041"),
        Flavour("OA", "燕麦", "Oat", "#cbb08a"),
        Flavour("AL", "芦荟", "Aloe", "#8bbf4d"),
    ),
    "biscuit": (
        Flavour("WW", "全麦", "Wholewheat", "#b98b52"),
        Flavour("CR", "奶油", "Cream", "#ead7a4"),
        Flavour("CC", "巧克力", "Chocolate", "#6f4a35"),
        Flavour("SE", "芝麻", "Sesame", "#8a8478"),
        Flavour("CO", "椰子", "Coconut", "#d9c7a8"),
        Flavour("LM", "柠檬", "Lemon", "#e8c51f"),
        Flavour("SC", "香葱", "Spring Onion", "#7fa650"),
    ),
    "crisps": (
        Flavour("OG", "原味", "Original", "#f0b429"),
        Flavour("TM", "番茄", "Tomato", "#d9452c"),
        Flavour("CU", "黄瓜", "Cucumber", "#6fae6b"),
        Flavour("BB", "烧烤", "Barbecue", "#8c4a2f"),
        Flavour("SP", "香辣", "Spicy", "#c1272d"),
        Flavour("CH", "芝士", "Cheese", "#f2c14e"),
        Flavour("SW", "海苔", "Seaweed", "#3e6b4f"),
        Flavour("SH", "鲜虾", "Prawn", "#ee8a6a"),
    ),
    "nuts": (
        Flavour("OG", "原味", "Natural", "#c49a6c"),
        Flavour("SA", "盐焗", "Salted", "#8fb7cf"),
        Flavour("SP", "麻辣", "Mala", "#c1272d"),
        Flavour("HN", "蜂蜜", "Honey", "#f0b429"),
        Flavour("CR", "奶香", "Milky", "#ead7a4"),
    ),
    "noodles": (
        Flavour("SC", "酸菜", "Pickled Cabbage", "#7fa650"),
        Flavour("BF", "红烧牛肉", "Braised Beef", "#b5452c"),
        Flavour("SP", "香辣牛肉", "Spicy Beef", "#c1272d"),
        Flavour("CK", "香菇鸡", "Mushroom Chicken", "#d7a348"),
        Flavour("SE", "海鲜", "Seafood", "#4a90b8"),
        Flavour("TO", "番茄", "Tomato", "#d9452c"),
        Flavour("TN", "豚骨", "Tonkotsu", "#c9a77c"),
    ),
    "ready": (
        Flavour("BF", "牛肉", "Beef", "#b5452c"),
        Flavour("PK", "午餐肉", "Luncheon Pork", "#e58c7a"),
        Flavour("FS", "豆豉鲮鱼", "Dace with Black Bean", "#4b5b6b"),
        Flavour("CN", "玉米", "Sweetcorn", "#f2c14e"),
        Flavour("CG", "八宝粥", "Eight-Treasure Porridge", "#9b5f4a"),
        Flavour("PC", "黄桃", "Yellow Peach", "#f5b041"),
    ),
    "sauce": (
        Flavour("SY", "生抽", "Light Soy", "#5b4031"),
        Flavour("DS", "老抽", "Dark Soy", "#3b2a22"),
        Flavour("VI", "陈醋", "Aged Vinegar", "#6b3e2e"),
        Flavour("OY", "蚝油", "Oyster", "#7a5a44"),
        Flavour("CL", "辣椒", "Chilli", "#c1272d"),
        Flavour("BB", "豆瓣", "Broad Bean", "#9b3d2c"),
        Flavour("SB", "芝麻", "Sesame", "#c49a6c"),
    ),
    "staple": (
        Flavour("NE", "东北", "North-East", "#4f8a5b"),
        Flavour("WU", "五常", "Wuchang", "#b5532a"),
        Flavour("OR", "有机", "Organic", "#6fae4d"),
        Flavour("PR", "臻选", "Select", "#c9a227"),
    ),
    "scent": (
        Flavour("LV", "薰衣草", "Lavender", "#9a86c4"),
        Flavour("RO", "玫瑰", "Rose", "#e28aa1"),
        Flavour("AL", "芦荟", "Aloe", "#7fb98a"),
        Flavour("GN", "生姜", "Ginger", "#d9a44a"),
        Flavour("CM", "甘菊", "Camomile", "#e4c441"),
        Flavour("MT", "薄荷", "Mint", "#5fbfa8"),
    ),
    "oral": (
        Flavour("MT", "薄荷", "Mint", "#5fbfa8"),
        Flavour("WH", "美白", "Whitening", "#5aa9e6"),
        Flavour("SE", "抗敏", "Sensitive", "#7d9bd1"),
        Flavour("HE", "草本", "Herbal", "#7fa650"),
        Flavour("KI", "儿童", "Kids", "#f4a6a0"),
    ),
    "clean": (
        Flavour("LM", "柠檬", "Lemon", "#e8c51f"),
        Flavour("OC", "海洋", "Ocean", "#3f8ec7"),
        Flavour("FL", "花香", "Floral", "#c78ac0"),
        Flavour("PN", "松木", "Pine", "#4f8a5b"),
        Flavour("UN", "无香", "Unscented", "#a3adb9"),
    ),
    "paper": (
        Flavour("OG", "原木", "Wood Pulp", "#7cb8a4"),
        Flavour("BB", "竹浆", "Bamboo", "#b5a46a"),
        Flavour("SF", "柔润", "Lotion", "#e28aa1"),
        Flavour("CT", "印花", "Printed", "#8fa7d6"),
    ),
    "pets": (
        Flavour("CK", "鸡肉", "Chicken", "#d7a348"),
        Flavour("SL", "三文鱼", "Salmon", "#ee8a6a"),
        Flavour("BF", "牛肉", "Beef", "#b5452c"),
        Flavour("DK", "鸭肉", "Duck", "#8a6a4f"),
    ),
}

SIZES: dict[str, tuple[Size, ...]] = {
    "drink": (
        Size("450ml", "0450", 1.0, 12, 6),
        Size("330ml", "0330", 0.78, 24, 6),
        Size("500ml", "0500", 1.08, 24, 6),
        Size("1L", "1000", 1.75, 12, 6),
        Size("1.5L", "1500", 2.3, 6, 0),
    ),
    "water": (
        Size("550ml", "0550", 1.0, 24, 12),
        Size("380ml", "0380", 0.8, 24, 12),
        Size("1.5L", "1500", 2.1, 12, 6),
        Size("5L", "5000", 5.2, 4, 0),
    ),
    "carton": (
        Size("1L", "1000", 1.0, 6, 0),
        Size("250ml", "0250", 0.3, 24, 12),
        Size("330ml", "0330", 0.38, 24, 6),
        Size("2L", "2000", 1.85, 4, 0),
    ),
    "can": (Size("250ml", "0250", 1.0, 24, 6), Size("330ml", "0330", 1.25, 24, 6), Size("500ml", "0500", 1.7, 12, 0)),
    "cup": (Size("100g", "0100", 1.0, 48, 8), Size("180g", "0180", 1.6, 24, 6), Size("400g", "0400", 3.1, 12, 0)),
    "box": (
        Size("200g", "0200", 1.0, 24, 0),
        Size("100g", "0100", 0.55, 48, 12),
        Size("350g", "0350", 1.65, 16, 0),
        Size("600g", "0600", 2.6, 8, 0),
    ),
    "snack": (
        Size("70g", "0070", 1.0, 24, 6),
        Size("40g", "0040", 0.6, 48, 12),
        Size("120g", "0120", 1.6, 20, 0),
        Size("200g", "0200", 2.5, 12, 0),
    ),
    "noodle": (
        Size("5 连包", "0505", 1.0, 6, 0),
        Size("105g 桶", "0105", 0.35, 12, 0, "tub"),
        Size("单包 85g", "0085", 0.22, 24, 0, "pack"),
    ),
    "tin": (Size("340g", "0340", 1.0, 24, 6), Size("185g", "0185", 0.6, 48, 12), Size("500g", "0500", 1.4, 12, 0)),
    "sauce": (
        Size("500ml", "0500", 1.0, 12, 0),
        Size("250ml", "0250", 0.58, 24, 0),
        Size("1.25L", "1250", 2.1, 6, 0),
        Size("1.9L", "1900", 3.0, 6, 0),
    ),
    "sack": (
        Size("5kg", "5000", 1.0, 4, 0),
        Size("2.5kg", "2500", 0.54, 8, 0),
        Size("10kg", "10KG", 1.92, 2, 0),
        Size("1kg", "1000", 0.24, 12, 0),
    ),
    "oil": (Size("5L", "5000", 1.0, 4, 0), Size("1.8L", "1800", 0.42, 6, 0), Size("900ml", "0900", 0.24, 12, 0)),
    "pump": (
        Size("500ml", "0500", 1.0, 12, 0),
        Size("300ml", "0300", 0.66, 24, 0),
        Size("750ml", "0750", 1.38, 12, 0),
        Size("1L", "1000", 1.72, 8, 0),
    ),
    "tube": (Size("120g", "0120", 1.0, 72, 12), Size("90g", "0090", 0.8, 72, 12), Size("180g", "0180", 1.4, 48, 6)),
    "jug": (
        Size("2kg", "2000", 1.0, 6, 0),
        Size("1kg", "1000", 0.55, 12, 0),
        Size("3kg", "3000", 1.42, 4, 0),
        Size("500g 袋", "0500", 0.28, 20, 0, "bag"),
    ),
    "roll": (
        Size("3 层 10 卷", "0310", 1.0, 8, 0),
        Size("4 层 12 卷", "0412", 1.35, 6, 0),
        Size("抽纸 6 包", "0006", 0.82, 10, 0),
        Size("湿巾 80 片", "0080", 0.4, 24, 0, "pack"),
    ),
    "kibble": (
        Size("1.5kg", "1500", 1.0, 6, 0),
        Size("500g", "0500", 0.42, 12, 0),
        Size("85g", "0085", 0.1, 48, 12),
        Size("10kg", "10KG", 5.6, 1, 0),
    ),
}

FORMATS: dict[str, Format] = {
    "drink": Format("bottle", "bottle"),
    "water": Format("bottle", "bottle"),
    "carton": Format("carton", "carton"),
    "can": Format("can", "can"),
    "cup": Format("cup", "cup"),
    "box": Format("box", "box"),
    "snack": Format("bag", "bag"),
    "noodle": Format("bag", "tub"),
    "tin": Format("can", "tin"),
    "sauce": Format("bottle", "jar"),
    "sack": Format("bag", "sack"),
    "oil": Format("tub", "jug"),
    "pump": Format("bottle", "pump"),
    "tube": Format("tube", "tube"),
    "jug": Format("bottle", "jug"),
    "roll": Format("roll", "roll"),
    "kibble": Format("bag", "sack"),
}

# How a size that is words on a Chinese pack reads in English.
SIZE_EN = {
    "5 连包": "5-Pack",
    "105g 桶": "Tub 105 g",
    "单包 85g": "85 g",
    "500g 袋": "Refill 500 g",
    "3 层 10 卷": "3-ply 10 rolls",
    "4 层 12 卷": "4-ply 12 rolls",
    "抽纸 6 包": "Tissues 6 packs",
    "湿巾 80 片": "Wipes 80 sheets",
}

LINES = (
    Line("water", "清泉", "QW", "饮用水", "Water", "plain", "water", 2.0, "#2f80c3"),
    Line("water", "山谷", "SG", "山泉水", "Spring Water", "plain", "water", 2.6, "#3b8d6d"),
    Line("water", "山谷", "SB", "婴童水", "Baby Water", "plain", "water", 4.2, "#8ab6d6"),
    Line("soda", "清泉", "QS", "苏打水", "Soda Water", "soda", "drink", 9.0, "#2f80c3"),
    Line("soda", "清泉", "QK", "汽水", "Fizz", "soda", "drink", 4.5, "#d64545"),
    Line("soda", "山谷", "SK", "气泡饮", "Sparkling Drink", "fruit", "drink", 6.2, "#3b8d6d"),
    Line("juice", "鲜果", "XG", "果汁", "Juice", "fruit", "carton", 11.5, "#e9802b"),
    Line("juice", "鲜果", "XN", "NFC 果汁", "NFC Juice", "fruit", "carton", 21.0, "#d1495b"),
    Line("juice", "鲜果", "XD", "果汁饮料", "Fruit Drink", "fruit", "drink", 4.8, "#e9802b"),
    Line("tea", "茶叙", "CX", "原叶茶", "Leaf Tea", "tea", "drink", 5.5, "#4f7942"),
    Line("tea", "茶叙", "CW", "无糖茶", "Sugar-Free Tea", "tea", "drink", 5.8, "#2f5d50"),
    Line("tea", "茶叙", "CN", "奶茶", "Milk Tea", "tea", "drink", 7.2, "#b5835a"),
    Line("coffee", "早晨", "ZC", "即饮咖啡", "Ready Coffee", "coffee", "can", 7.5, "#5b4031"),
    Line("coffee", "早晨", "ZD", "丝滑咖啡", "Silk Coffee", "coffee", "drink", 8.2, "#8c5e3c"),
    Line("coffee", "早晨", "ZS", "速溶咖啡", "Instant Coffee", "coffee", "box", 28.0, "#3d2b23"),
    Line("energy", "山谷", "SE", "能量饮", "Energy Drink", "energy", "can", 6.0, "#c44536"),
    Line("energy", "清泉", "QE", "电解质水", "Electrolyte Water", "fruit", "drink", 5.2, "#2f80c3"),
    Line("energy", "早晨", "ZV", "维生素饮", "Vitamin Drink", "fruit", "drink", 5.0, "#f08a24"),
    Line("milk", "牧云", "MY", "纯牛奶", "UHT Milk", "milk", "carton", 14.0, "#3b6fb6"),
    Line("milk", "牧云", "MX", "鲜牛奶", "Fresh Milk", "milk", "carton", 18.5, "#1f9bb0"),
    Line("milk", "早晨", "ZM", "早餐奶", "Breakfast Milk", "milk", "carton", 12.0, "#f08a24"),
    Line("yoghurt", "牧云", "MS", "酸奶", "Yoghurt", "yoghurt", "cup", 3.6, "#3b6fb6"),
    Line("yoghurt", "牧云", "ML", "希腊酸奶", "Greek Yoghurt", "yoghurt", "cup", 6.8, "#28547d"),
    Line("yoghurt", "早晨", "ZY", "乳酸菌饮品", "Probiotic Drink", "fruit", "cup", 2.9, "#f08a24"),
    Line("biscuits", "麦田", "MT", "饼干", "Biscuits", "biscuit", "box", 6.0, "#c08a3e"),
    Line("biscuits", "麦田", "MW", "威化", "Wafers", "biscuit", "box", 7.2, "#8c4a2f"),
    Line("biscuits", "麦田", "MQ", "曲奇", "Cookies", "biscuit", "box", 12.8, "#a6553a"),
    Line("biscuits", "甜屿", "TG", "蛋糕", "Sponge Cake", "biscuit", "box", 15.5, "#d77a9b"),
    Line("chips", "脆享", "CS", "薯片", "Potato Crisps", "crisps", "snack", 5.8, "#d6342c"),
    Line("chips", "脆享", "CY", "玉米片", "Corn Chips", "crisps", "snack", 5.2, "#e3a018"),
    Line("chips", "脆享", "CM", "虾条", "Prawn Sticks", "crisps", "snack", 4.2, "#2f6db5"),
    Line("sweets", "甜屿", "TY", "软糖", "Gummies", "fruit", "snack", 6.6, "#e0648c"),
    Line("sweets", "甜屿", "TQ", "巧克力", "Chocolate", "biscuit", "snack", 12.5, "#5b3a2c"),
    Line("sweets", "甜屿", "TB", "硬糖", "Hard Candy", "fruit", "snack", 4.4, "#5ab1bb"),
    Line("nuts", "果语", "GY", "每日坚果", "Daily Nuts", "nuts", "snack", 16.8, "#7a8b3c"),
    Line("nuts", "果语", "GH", "瓜子", "Sunflower Seeds", "nuts", "snack", 6.2, "#b04a2f"),
    Line("nuts", "果语", "GK", "开心果", "Pistachios", "nuts", "snack", 22.0, "#5f8d4e"),
    Line("nuts", "果语", "GF", "腰果", "Cashews", "nuts", "snack", 24.0, "#c98a3d"),
    Line("noodles", "老坛", "LT", "面", "Noodles", "noodles", "noodle", 13.5, "#5b7f2b"),
    Line("noodles", "面匠", "MJ", "鲜拉面", "Fresh Ramen", "noodles", "noodle", 22.0, "#b5452c"),
    Line("noodles", "面匠", "MF", "粉丝", "Glass Noodles", "noodles", "noodle", 12.0, "#3f7c85"),
    Line("noodles", "川味坊", "CF", "红油面皮", "Chilli Oil Noodles", "noodles", "noodle", 17.5, "#a61e22"),
    Line("ready", "川味坊", "CG", "罐头", "Tinned", "ready", "tin", 14.5, "#a61e22"),
    Line("ready", "面匠", "MG", "自热饭", "Self-Heating Rice", "noodles", "tin", 19.8, "#b5452c"),
    Line("ready", "粮心", "LG", "方便粥", "Instant Porridge", "ready", "tin", 6.5, "#4f8a5b"),
    Line("sauces", "厨叶", "CH", "酱油", "Sauce", "sauce", "sauce", 12.8, "#7c2d12"),
    Line("sauces", "川味坊", "CL", "火锅底料", "Hot Pot Base", "crisps", "tin", 11.8, "#a61e22"),
    Line("sauces", "厨叶", "CP", "拌饭酱", "Rice Topping", "sauce", "tin", 13.2, "#9a3412"),
    Line("staples", "粮心", "LX", "大米", "Rice", "staple", "sack", 42.0, "#4f8a5b"),
    Line("staples", "粮心", "LM", "面粉", "Flour", "staple", "sack", 26.0, "#c9a227"),
    Line("staples", "粮心", "LY", "食用油", "Cooking Oil", "staple", "oil", 72.0, "#e0a800"),
    Line("staples", "粮心", "LZ", "杂粮", "Mixed Grains", "staple", "sack", 38.0, "#8c6239"),
    Line("hair", "沐禾", "MH", "洗发水", "Shampoo", "scent", "pump", 32.0, "#2c6e63"),
    Line("hair", "沐禾", "MC", "护发素", "Conditioner", "scent", "pump", 34.0, "#63877f"),
    Line("hair", "白露", "BL", "蓬松洗发露", "Volume Shampoo", "scent", "pump", 45.0, "#8c7ab8"),
    Line("skin", "净柔", "JR", "洗手液", "Hand Wash", "scent", "pump", 9.9, "#3e8ed0"),
    Line("skin", "净柔", "JM", "沐浴露", "Body Wash", "scent", "pump", 26.0, "#5aa9e6"),
    Line("skin", "白露", "BR", "身体乳", "Body Lotion", "scent", "pump", 36.0, "#d38b9f"),
    Line("oral", "白露", "BY", "牙膏", "Toothpaste", "oral", "tube", 10.5, "#1f9bb0"),
    Line("oral", "净柔", "JY", "益生菌牙膏", "Probiotic Toothpaste", "oral", "tube", 16.8, "#5f8ac7"),
    Line("oral", "白露", "BS", "漱口水", "Mouthwash", "oral", "pump", 22.0, "#1f9bb0"),
    Line("laundry", "洁朗", "JL", "洗衣液", "Laundry Liquid", "scent", "jug", 24.0, "#2e6fd0"),
    Line("laundry", "洁朗", "JF", "柔顺剂", "Softener", "scent", "jug", 21.0, "#c06fb0"),
    Line("laundry", "洁朗", "JP", "洗衣粉", "Washing Powder", "clean", "jug", 18.0, "#d64545"),
    Line("kitchen", "洁朗", "JJ", "洗洁精", "Dish Soap", "clean", "pump", 8.8, "#4c9f38"),
    Line("kitchen", "洁朗", "JQ", "油污净", "Grease Cleaner", "clean", "pump", 14.5, "#e07a1f"),
    Line("kitchen", "洁朗", "JT", "洁厕液", "Toilet Cleaner", "clean", "pump", 9.2, "#2563a8"),
    Line("paper", "云絮", "YX", "纸品", "Paper", "paper", "roll", 25.0, "#6fa8a0"),
    Line("paper", "净柔", "JX", "护理纸", "Care Paper", "paper", "roll", 29.0, "#3e8ed0"),
    Line("pets", "伴宠", "BM", "猫粮", "Cat Food", "pets", "kibble", 58.0, "#6a5acd"),
    Line("pets", "伴宠", "BD", "狗粮", "Dog Food", "pets", "kibble", 52.0, "#b5763a"),
    Line("pets", "伴宠", "BZ", "冻干零食", "Freeze-Dried Treats", "pets", "snack", 18.0, "#4f8a8b"),
    Line("juice", "山谷", "SV", "果蔬汁", "Fruit and Vegetable Juice", "fruit", "drink", 7.8, "#3b8d6d"),
    Line("tea", "茶叙", "CB", "冷泡茶", "Cold Brew Tea", "tea", "drink", 6.4, "#7c9a5e"),
    Line("coffee", "早晨", "ZL", "冷萃咖啡", "Cold Brew Coffee", "coffee", "drink", 9.6, "#3d2b23"),
    Line("chips", "脆享", "GB", "锅巴", "Rice Crust", "crisps", "snack", 4.9, "#b0622b"),
    Line("sweets", "甜屿", "TN", "奶糖", "Milk Candy", "fruit", "snack", 7.5, "#8fb7cf"),
    Line("biscuits", "麦田", "MD", "苏打饼", "Crackers", "biscuit", "box", 8.5, "#4a7fb0"),
    Line("nuts", "果语", "GC", "蚕豆", "Broad Beans", "nuts", "snack", 5.6, "#6b8e23"),
    Line("sauces", "厨叶", "CT", "调味汁", "Seasoning", "sauce", "sauce", 9.8, "#b45309"),
    Line("ready", "川味坊", "CZ", "自热火锅", "Self-Heating Hot Pot", "noodles", "tin", 24.8, "#a61e22"),
    Line("hair", "白露", "BF", "护发精华", "Hair Serum", "scent", "pump", 52.0, "#8c7ab8"),
    Line("skin", "净柔", "JN", "洁面乳", "Face Wash", "scent", "tube", 22.0, "#5aa9e6"),
    Line("skin", "沐禾", "MR", "护手霜", "Hand Cream", "scent", "tube", 15.0, "#2c6e63"),
    Line("laundry", "洁朗", "JZ", "洗衣凝珠", "Laundry Pods", "scent", "jug", 39.0, "#7c3aed"),
    Line("kitchen", "洁朗", "JC", "多用途清洁剂", "All-Purpose Cleaner", "clean", "pump", 12.8, "#0f9488"),
    Line("paper", "云絮", "YC", "厨房纸", "Kitchen Paper", "paper", "roll", 19.8, "#d97706"),
)

# What the label shows for each set of flavours; a fruit where nothing is said.
MOTIFS = {
    **dict.fromkeys(("plain", "milk", "scent", "oral", "clean", "paper"), "drop"),
    **dict.fromkeys(("tea", "sauce"), "leaf"),
    **dict.fromkeys(("coffee", "biscuit", "nuts", "staple", "pets"), "bean"),
}
