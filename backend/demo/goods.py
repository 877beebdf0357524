"""What the demo's brand sells: categories and lines of goods. Invented brands, real kinds of goods.

The catalogue is the product of these tables, ``flavours`` and ``sizes`` (``catalogue.py``): each line comes in each
of its flavours and sizes.
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
    first size, in yuan with tax; ``colour`` the brand's; ``keeps``: what spoils soon is kept by lot, and good for so
    many days."""

    kind: str
    brand: str
    prefix: str
    zh: str
    en: str
    flavours: str
    sizes: str
    price: float
    colour: str
    keeps: int = 0


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
    Line("milk", "牧云", "MX", "鲜牛奶", "Fresh Milk", "milk", "carton", 18.5, "#1f9bb0", keeps=15),
    Line("milk", "早晨", "ZM", "早餐奶", "Breakfast Milk", "milk", "carton", 12.0, "#f08a24"),
    Line("yoghurt", "牧云", "MS", "酸奶", "Yoghurt", "yoghurt", "cup", 3.6, "#3b6fb6", keeps=21),
    Line("yoghurt", "牧云", "ML", "希腊酸奶", "Greek Yoghurt", "yoghurt", "cup", 6.8, "#28547d", keeps=25),
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
