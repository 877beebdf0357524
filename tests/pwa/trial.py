"""A small root component that uses everything the runtime offers; the browser tests mount it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import Component, VdomDict

from pwa.components.basics import (
    Amount,
    Badge,
    Button,
    Card,
    Chip,
    ChipRow,
    EmptyState,
    ErrorBox,
    IconButton,
    Picture,
    Progress,
    Row,
    Skeleton,
    calling,
)
from pwa.components.fields import (
    Checkbox,
    NumberField,
    SearchField,
    SegmentedFilter,
    Stepper,
    TextField,
    parse_whole,
)
from pwa.components.frame import AppFrame, NoticeBar, Screen, SyncBadge, Tab, TabBar, TopBar
from pwa.components.labels import LABELS, LabelsContext
from pwa.components.lists import Column, Moment, Table, Timeline, WindowedList
from pwa.components.overlays import Confirm, Sheet, ToastHost, use_toasts
from pwa.components.updating import UpdateButton
from pwa.context import App as Running
from pwa.hooks import use_app, use_settings
from pwa.router import Link, use_kept, use_path, use_router
from tests.pwa.contract_screen import Contract
from tests.pwa.media_screen import MediaPieces

ROWS = 5000
STEP = 24
TABS = (
    ("home", "首页", "Home", "house", "/"),
    ("order", "订货", "Order", "shopping-cart", "/order"),
    ("tasks", "任务", "Tasks", "square-check", "/list"),
    ("learn", "学习", "Learn", "graduation-cap", "/desk"),
    ("me", "我的", "Me", "user", "/pieces"),
)


@component
def App() -> Component:
    path = use_path().partition("?")[0]
    app = use_app()
    use_settings()
    locale = app.locale
    chinese = locale == "zh-CN"

    tabs = [Tab(name, zh if chinese else en, icon, where) for name, zh, en, icon, where in TABS]
    current = next((tab.name for tab in tabs if tab.path == path), "home")
    screens = {"/order": Order, "/list": Rows, "/desk": Desk, "/pieces": Pieces, "/broken": Broken, "/text": Text}
    screens["/contract"] = Contract
    screens["/photos"] = MediaPieces
    screen = screens.get(path, Home)(key=path)
    notice = _update_bar(app)
    return LabelsContext(AppFrame(TabBar(tabs, current), screen, ToastHost(), notice=notice), value=LABELS[locale])


def _update_bar(app: Running) -> VdomDict | None:
    if not app.update_ready:
        return None
    return NoticeBar("新版本已就绪", UpdateButton(app, kind="plain"), icon="sparkles", testid="update-bar")


def badge() -> VdomDict:
    return SyncBadge("synced", "已同步", 0)


@component
def Home() -> VdomDict:
    count, set_count = use_state(0)
    asking, set_asking = use_state(False)
    toasts = use_toasts()
    router = use_router()

    def add(_event: Any) -> None:
        set_count(lambda value: value + 1)

    def reset() -> None:
        before = count
        set_asking(False)
        set_count(0)
        toasts.show("已清零", undo=lambda: set_count(before))

    return Screen(
        TopBar("早上好，林晓", "7月14日 · 华东一区", large=True, trailing=badge()),
        html.div(
            {"className": "card card-accent stack"},
            html.span({"className": "small"}, "下一站 · 1.2 公里 · 10:00"),
            html.strong({"className": "number-large"}, "好邻居便利店（中山北路店）"),
        ),
        Card(
            html.div(
                {"className": "spread"},
                html.strong("本月目标"),
                html.span({"className": "muted small"}, "快于进度 7%"),
            ),
            html.div(
                {"className": "spread"},
                Amount("¥186,420", size="huge"),
                Badge("62%", "accent"),
            ),
            Progress(0.62, label="本月目标"),
        ),
        Card(
            Row(
                "计数器",
                html.span({"data-testid": "count"}, str(count)),
                trailing=Button("+1", add, small=True, testid="add"),
            ),
            Row(
                "清零",
                "会先问一声",
                trailing=Badge("待办", "warning"),
                on_press=lambda _event: set_asking(True),
                testid="reset",
            ),
            Row(
                "订货", "5,000 个商品", chevron=True, on_press=lambda _event: router.navigate("/list"), testid="to-list"
            ),
        ),
        Link("/order", "去下单", testid="to-order"),
        Confirm(
            "清零？",
            "数字会回到 0。",
            confirm="清零",
            on_confirm=reset,
            on_cancel=lambda: set_asking(False),
            danger=True,
        )
        if asking
        else None,
    )


def _question(yes: Callable[[], None], no: Callable[[], None]) -> VdomDict:
    return Confirm("清零？", "数字会回到 0。", confirm="清零", on_confirm=yes, on_cancel=no, danger=True)


@component
def Text() -> VdomDict:
    typed, set_typed = use_state("")
    return Screen(
        TopBar("文字", back="/"),
        Card(
            TextField("名称", on_change=set_typed, testid="name"),
            html.p({"data-testid": "typed"}, typed),
            TextField("密码", kind="password", autocomplete="new-password", reveal=True, testid="secret"),
            class_name="stack",
        ),
    )


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price: str
    note: str
    tone: Any


PRODUCTS = (
    Product("QS-0450", "清泉苏打水 柠檬 450ml", "¥8.10", "满 48 价", "accent"),
    Product("MT-2001", "麦田全麦饼干 200g", "¥6.00", "再加 12 享 ¥5.40", "warning"),
    Product("XG-1000", "鲜果橙汁 1L", "¥11.50", "买 10 赠 1", "info"),
    Product("JR-0500", "净柔洗手液 500ml，一个名字很长的商品用来看换行", "¥9.90", "可预订", "bad"),
)


@component
def Line(product: Product) -> VdomDict:
    quantity, set_quantity = use_state(0)
    revision, set_revision = use_state(0)
    why, set_why = use_state(False)

    def step(direction: int) -> None:
        set_quantity(lambda held: max(0, held + direction * STEP))

    def typed(text: str) -> None:
        set_quantity(parse_whole(text) or 0)

    def left(_text: str) -> None:
        set_quantity(lambda held: -(-held // STEP) * STEP)
        set_revision(lambda held: held + 1)

    return html.div(
        {"className": "row"},
        Picture("", fallback="cup-soda"),
        html.div(
            {"className": "row-body"},
            html.span({"className": "row-title"}, product.name),
            html.span({"className": "row-detail"}, f"{product.sku} · 24 瓶/箱 · 库存充足"),
            html.div(
                {"className": "spread"},
                html.div(
                    html.div(Amount(product.price, strong=True)),
                    html.button(
                        {
                            "type": "button",
                            "onClick": lambda _event: set_why(True),
                            "data-testid": f"why-{product.sku}",
                        },
                        Badge(product.note, product.tone),
                    ),
                ),
                Stepper(
                    quantity,
                    label=product.name,
                    on_step=step,
                    on_type=typed,
                    on_commit=left,
                    up=quantity + STEP,
                    down=quantity - STEP if quantity else None,
                    revision=revision,
                    testid=f"quantity-{product.sku}",
                    plus_testid=f"add-{product.sku}",
                ),
            ),
        ),
        Sheet(
            "为什么是 ¥8.10？",
            html.div({"className": "spread"}, html.span("标准价"), Amount("¥9.00", struck=True)),
            html.div({"className": "spread"}, html.strong("合同价"), Amount("¥8.10", strong=True)),
            on_close=lambda: set_why(False),
            subtitle=f"{product.name} · {quantity} 瓶",
            actions=Button("按 96 瓶订", lambda _event: set_why(False), wide=True),
            testid="why",
        )
        if why
        else None,
    )


@component
def Order() -> VdomDict:
    chosen, set_chosen = use_state("常购")
    return Screen(
        TopBar("好邻居便利店", "合同价 · 可用额度 ¥12,650", back="/", trailing=SyncBadge("offline", "离线", 2)),
        SearchField("名称、编码、条码、拼音", testid="product-search", on_scan=lambda _event: None, scan_label="扫码"),
        ChipRow(
            *(
                Chip(name, lambda _event, name=name: set_chosen(name), selected=name == chosen, key=name)
                for name in ("常购", "促销 12", "新品", "饮料", "零食", "日化")
            ),
            label="类别",
        ),
        Card(*(Line(product, key=product.sku) for product in PRODUCTS)),
        actions=(
            html.div(
                html.div(Amount("¥604.80", size="large", testid="order-total")),
                html.div({"className": "small muted"}, "2 种 · 84 件"),
            ),
            Button("去确认", testid="submit-order"),
        ),
    )


@component
def Rows() -> VdomDict:
    search, set_search, begun = use_kept("search")
    found = [index for index in range(ROWS) if search in f"商品 {index}"]

    def row(place: int) -> VdomDict:
        index = found[place]
        return Row(
            f"商品 {index}",
            f"SKU-{index:05}",
            leading=Picture("", size=44),
            trailing=Amount(f"¥{Decimal(index) / 10:.2f}"),
            key=str(index),
            testid=f"row-{index}",
            class_name="windowed-row",
            on_press=lambda _event: None,
        )

    return Screen(
        TopBar("全部商品", f"{len(found)} 个", back="/", trailing=SyncBadge("pending", "待发 3", 3)),
        SearchField("搜索", value=begun, on_change=set_search, testid="product-search"),
        Card(WindowedList(len(found), row, row_height=68, reset=search, label="商品", testid="rows"))
        if found
        else EmptyState("search-x", "没有找到", f"没有商品与“{search}”相符。", Button("清除搜索", kind="secondary")),
        Link("/order", "去下单", testid="to-order"),
    )


@component
def Desk() -> VdomDict:
    opened, set_opened = use_state("")
    items = [(f"SO-{index:04}", f"客户 {index}", f"¥{index * 137:,}.00", "待审核") for index in range(1, 16)]
    columns = [
        Column("单号", lambda item: html.strong(item[0])),
        Column("客户", lambda item: item[1]),
        Column("状态", lambda item: Badge(item[3], "warning")),
        Column("下单人", lambda _item: "林晓", minor=True),
        Column("金额", lambda item: item[2], numeric=True),
    ]
    return Screen(
        TopBar("订单台", "15 张待审核", trailing=SyncBadge("problem", "1 项需处理", 1)),
        html.p({"data-testid": "opened"}, opened),
        Table(
            columns,
            items,
            key=lambda item: item[0],
            on_open=lambda item: set_opened(item[0]),
            selected=opened,
            caption="订单",
            testid="orders",
        ),
        wide=True,
    )


@component
def Pieces() -> VdomDict:
    switched, set_switched = use_state(True)
    segment, set_segment = use_state("a")
    return Screen(
        TopBar("零件", trailing=badge()),
        SegmentedFilter([("a", "全部"), ("b", "进行中"), ("c", "已完成")], segment, set_segment, label="状态"),
        ErrorBox(
            "订单未被接受", "“鲜果橙汁 1L”今天 10:05 起停售。其余 6 行没有问题。", Button("去掉该行并提交", small=True)
        ),
        ErrorBox("价目表变了", "现在 ¥8.50，下单时 ¥8.10。", tone="warning"),
        Card(
            TextField("备注", rows=2, placeholder="给仓库的话", testid="note"),
            NumberField("数量", unit="瓶", value="12", error="请输入 24 的倍数", testid="number"),
            TextField("电话", kind="tel", hint="送货前会打这个电话"),
            Checkbox("离线时保存图片", switched, set_switched, testid="switch"),
            class_name="stack",
        ),
        Card(
            Timeline(
                [
                    Moment("已下单", "林晓 · 离线 9:55，11:20 送达"),
                    Moment("已审核", "订单组 王静 · 11:42"),
                    Moment("信用暂停", "超出额度 ¥320", tone="warning"),
                    Moment("签收", done=False),
                ]
            )
        ),
        html.div({"className": "button-row"}, Button("导出", kind="secondary"), Button("立即同步", icon="refresh-cw")),
        html.div({"className": "button-row"}, Button("忙", busy=True), Button("不可用", disabled=True)),
        html.div(
            {"className": "cluster"},
            IconButton("plus", "加", tone="soft"),
            IconButton("trash-2", "删"),
            Badge("排队"),
            Badge("完成", "accent"),
            Badge("待办", "warning"),
            Badge("未接受", "bad"),
            Badge("未确认", "info"),
        ),
        Button("退出", calling(use_app().device.send, {"type": "sign-out"}), kind="danger", testid="sign-out"),
        Skeleton("line", 2),
    )


@component
def Broken() -> VdomDict:
    raise ValueError("broken on purpose")
