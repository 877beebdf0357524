"""Where the demo's shops stand and what they are called. Streets are real ones, shops and people are not."""

from typing import NamedTuple


class Street(NamedTuple):
    zh: str
    en: str


class City(NamedTuple):
    """``territory`` is a key of ``TERRITORIES``; ``latitude`` and ``longitude`` of the centre, in degrees;
    ``shops`` how many stand there; ``districts`` as (zh, en)."""

    zh: str
    en: str
    province: str
    territory: str
    latitude: float
    longitude: float
    shops: int
    districts: tuple[tuple[str, str], ...]
    streets: tuple[Street, ...]


# territory -> the login (without @) of the rep who looks after it
TERRITORIES: dict[str, str] = {
    "华东一区": "rep",
    "华东二区": "zhaomin",
    "华南区": "sunwei",
    "西南区": "wuhao",
}


def _streets(*names: str) -> tuple[Street, ...]:
    return tuple(Street(*name.split("|")) for name in names)


_COMMON = _streets(
    "人民路|Renmin Rd", "解放路|Jiefang Rd", "建设路|Jianshe Rd", "中山路|Zhongshan Rd", "文化路|Wenhua Rd"
)

CITIES = (
    City(
        "上海",
        "Shanghai",
        "上海市",
        "华东一区",
        31.2304,
        121.4737,
        136,
        (
            ("普陀区", "Putuo"),
            ("静安区", "Jing'an"),
            ("徐汇区", "Xuhui"),
            ("长宁区", "Changning"),
            ("杨浦区", "Yangpu"),
            ("虹口区", "Hongkou"),
            ("浦东新区", "Pudong"),
            ("闵行区", "Minhang"),
        ),
        _streets(
            "中山北路|Zhongshan North Rd",
            "曹杨路|Caoyang Rd",
            "长寿路|Changshou Rd",
            "武宁路|Wuning Rd",
            "愚园路|Yuyuan Rd",
            "江宁路|Jiangning Rd",
            "万航渡路|Wanhangdu Rd",
            "淮海中路|Huaihai Middle Rd",
            "肇嘉浜路|Zhaojiabang Rd",
            "漕溪北路|Caoxi North Rd",
            "天钥桥路|Tianyaoqiao Rd",
            "江苏路|Jiangsu Rd",
            "虹桥路|Hongqiao Rd",
            "仙霞路|Xianxia Rd",
            "四平路|Siping Rd",
            "大连路|Dalian Rd",
            "控江路|Kongjiang Rd",
            "曲阳路|Quyang Rd",
            "海伦路|Hailun Rd",
            "张杨路|Zhangyang Rd",
            "浦电路|Pudian Rd",
            "成山路|Chengshan Rd",
            "七莘路|Qixin Rd",
            "莘松路|Xinsong Rd",
        ),
    ),
    City(
        "杭州",
        "Hangzhou",
        "浙江省",
        "华东二区",
        30.2741,
        120.1551,
        26,
        (("上城区", "Shangcheng"), ("拱墅区", "Gongshu"), ("西湖区", "Xihu"), ("滨江区", "Binjiang")),
        _streets(
            "延安路|Yan'an Rd",
            "莫干山路|Moganshan Rd",
            "文三路|Wensan Rd",
            "庆春路|Qingchun Rd",
            "江南大道|Jiangnan Ave",
        ),
    ),
    City(
        "苏州",
        "Suzhou",
        "江苏省",
        "华东二区",
        31.2989,
        120.5853,
        22,
        (("姑苏区", "Gusu"), ("虎丘区", "Huqiu"), ("吴中区", "Wuzhong")),
        _streets("干将东路|Ganjiang East Rd", "观前街|Guanqian St", "狮山路|Shishan Rd", "临顿路|Lindun Rd"),
    ),
    City(
        "南京",
        "Nanjing",
        "江苏省",
        "华东二区",
        32.0603,
        118.7969,
        20,
        (("玄武区", "Xuanwu"), ("鼓楼区", "Gulou"), ("秦淮区", "Qinhuai")),
        _streets("中央路|Zhongyang Rd", "汉中路|Hanzhong Rd", "太平南路|Taiping South Rd", "长江路|Changjiang Rd"),
    ),
    City(
        "广州",
        "Guangzhou",
        "广东省",
        "华南区",
        23.1291,
        113.2644,
        26,
        (("越秀区", "Yuexiu"), ("天河区", "Tianhe"), ("海珠区", "Haizhu"), ("荔湾区", "Liwan")),
        _streets("北京路|Beijing Rd", "天河路|Tianhe Rd", "江南西路|Jiangnan West Rd", "宝岗大道|Baogang Ave"),
    ),
    City(
        "深圳",
        "Shenzhen",
        "广东省",
        "华南区",
        22.5431,
        114.0579,
        22,
        (("福田区", "Futian"), ("罗湖区", "Luohu"), ("南山区", "Nanshan")),
        _streets(
            "深南大道|Shennan Ave", "华强北路|Huaqiang North Rd", "东门中路|Dongmen Middle Rd", "后海大道|Houhai Ave"
        ),
    ),
    City(
        "佛山",
        "Foshan",
        "广东省",
        "华南区",
        23.0215,
        113.1214,
        16,
        (("禅城区", "Chancheng"), ("南海区", "Nanhai")),
        _streets("祖庙路|Zumiao Rd", "季华路|Jihua Rd", "桂城南路|Guicheng South Rd") + _COMMON,
    ),
    City(
        "成都",
        "Chengdu",
        "四川省",
        "西南区",
        30.5728,
        104.0668,
        28,
        (("锦江区", "Jinjiang"), ("武侯区", "Wuhou"), ("青羊区", "Qingyang")),
        _streets("春熙路|Chunxi Rd", "科华北路|Kehua North Rd", "玉林街|Yulin St", "蜀都大道|Shudu Ave"),
    ),
    City(
        "重庆",
        "Chongqing",
        "重庆市",
        "西南区",
        29.5630,
        106.5516,
        24,
        (("渝中区", "Yuzhong"), ("江北区", "Jiangbei"), ("南岸区", "Nan'an")),
        _streets("解放碑步行街|Jiefangbei St", "观音桥路|Guanyinqiao Rd", "南坪西路|Nanping West Rd") + _COMMON,
    ),
)


class Style(NamedTuple):
    """A kind of shop. ``names`` as zh|en; ``branch``: the street is part of the name, as chains do. ``weight`` how
    many of a hundred; ``size`` scales what it orders; ``group`` is the customer group."""

    group: str
    names: tuple[str, ...]
    branch: bool
    weight: int
    size: float
    payment_days: int
    credit: tuple[int, int]


STYLES = (
    Style("chain", ("好邻居便利店|Good Neighbour",), True, 16, 1.5, 30, (60_000, 120_000)),
    Style("chain", ("每日鲜超市|Daily Fresh Market", "新元超市|Xinyuan Market"), True, 14, 2.2, 30, (90_000, 200_000)),
    Style("pharmacy", ("康健药房|Kangjian Pharmacy",), True, 8, 0.8, 30, (30_000, 60_000)),
    Style(
        "independent",
        (
            "阳光小卖部|Sunshine Corner Shop",
            "鑫旺超市|Xinwang Mini Market",
            "老街口便利店|Old Corner Store",
            "万家福商店|Wanjiafu Store",
            "小桥烟酒店|Little Bridge Liquor",
            "晨光文具店|Morning Light Stationery",
            "美佳食品店|Meijia Foods",
            "福满园超市|Fumanyuan Market",
            "邻里生鲜|Neighbourhood Grocer",
            "诚信粮油店|Chengxin Grain and Oil",
            "一品水果店|Yipin Fruits",
            "好运来便民店|Good Luck Store",
        ),
        False,
        42,
        1.0,
        15,
        (12_000, 40_000),
    ),
    Style(
        "rural",
        ("乡情供销社|Xiangqing Co-op", "利民商店|Limin Store", "惠农超市|Huinong Market", "顺达副食|Shunda Groceries"),
        False,
        14,
        0.7,
        7,
        (6_000, 18_000),
    ),
    Style(
        "catering",
        ("川小馆|Sichuan Kitchen", "食尚快餐|Food Fashion Diner", "聚福楼|Jufu Restaurant"),
        True,
        6,
        1.3,
        15,
        (15_000, 50_000),
    ),
)

SURNAMES = [
    "王",
    "李",
    "张",
    "刘",
    "陈",
    "杨",
    "黄",
    "赵",
    "周",
    "吴",
    "徐",
    "孙",
    "朱",
    "马",
    "胡",
    "郭",
    "林",
    "何",
    "高",
    "罗",
    "郑",
    "梁",
    "谢",
    "宋",
    "唐",
    "许",
    "韩",
    "冯",
    "邓",
    "曹",
]
GIVEN = [
    "建国",
    "秀英",
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀兰",
    "霞",
    "平",
    "刚",
    "桂英",
    "文华",
    "志强",
    "海燕",
    "雪梅",
    "晓东",
    "佳怡",
]

# Distributors and dealers: (code, zh, en, type, parent's code, city).
TRADE = (
    ("D-EAST", "华东联运商贸", "East China Trading", "distributor", "HQ", "上海"),
    ("D-SOUTH", "粤海分销", "Yuehai Distribution", "distributor", "HQ", "广州"),
    ("J-SH1", "鑫源批发", "Xinyuan Wholesale", "dealer", "D-EAST", "上海"),
    ("J-SH2", "浦江商行", "Pujiang Traders", "dealer", "D-EAST", "上海"),
    ("J-HZ", "西湖食品商行", "West Lake Foods", "dealer", "D-EAST", "杭州"),
    ("J-JS", "金陵百货批发", "Jinling Wholesale", "dealer", "D-EAST", "南京"),
    ("J-GZ", "岭南副食", "Lingnan Provisions", "dealer", "D-SOUTH", "广州"),
    ("J-SZ", "鹏城快消", "Pengcheng FMCG", "dealer", "D-SOUTH", "深圳"),
    ("J-CD", "蓉城百汇", "Rongcheng Merchants", "dealer", "HQ", "成都"),
    ("J-CQ", "山城商贸", "Shancheng Trading", "dealer", "HQ", "重庆"),
)
DEALER_OF = {
    "上海": ("J-SH1", "J-SH2"),
    "杭州": ("J-HZ",),
    "苏州": ("J-JS",),
    "南京": ("J-JS",),
    "广州": ("J-GZ",),
    "深圳": ("J-SZ",),
    "佛山": ("J-GZ",),
    "成都": ("J-CD",),
    "重庆": ("J-CQ",),
}
