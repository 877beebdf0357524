"""In what flavours the demo's goods come, by the kind of line: see ``goods``."""

from typing import NamedTuple


class Flavour(NamedTuple):
    code: str
    zh: str
    en: str
    colour: str


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
