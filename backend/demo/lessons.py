"""What the demo teaches: three small courses in Chinese and English, as their trainer would save them."""
# ruff: noqa: E501 -- a text that people read stands in one line

from collections.abc import Mapping

from offline.ids import derived_id
from offline.wire.learning import (
    FALSE,
    TRUE,
    Audience,
    AuthoredCard,
    AuthoredQuestion,
    CourseSave,
    Option,
)

Texts = tuple[str, str]


def _names(texts: Texts) -> dict[str, str]:
    return {"zh": texts[0], "en": texts[1]}


def course_id(tenant_id: str, name: str) -> str:
    return derived_id(tenant_id, "course", name)


class _Writer:
    """Cards with ids that follow from the course's name and the card's own."""

    def __init__(self, tenant_id: str, course: str, pictures: Mapping[str, str]) -> None:
        self._key = (tenant_id, "course", course)
        self._pictures = pictures
        self._count = 0

    def _id(self) -> str:
        self._count += 1
        return derived_id(*self._key, str(self._count))

    def text(self, title: Texts, text: Texts) -> AuthoredCard:
        return AuthoredCard(id=self._id(), kind="text", title=_names(title), text=_names(text))

    def picture(self, picture: str, title: Texts, text: Texts) -> AuthoredCard:
        image = self._pictures[picture]
        return AuthoredCard(id=self._id(), kind="picture", title=_names(title), text=_names(text), image=image)

    def choose(
        self, ask: Texts, right: tuple[Texts, ...], wrong: tuple[Texts, ...], why: Texts, *, partial: bool = False
    ) -> AuthoredCard:
        """One right answer or several. The order they are stored in tells nothing: it is that of their ids' hashes."""
        card = self._id()
        made = {derived_id(card, each[1])[:8]: each for each in (*right, *wrong)}
        options = tuple(Option(one, _names(made[one])) for one in sorted(made))
        answer = tuple(one for one in sorted(made) if made[one] in right)
        question = AuthoredQuestion(
            kind="single" if len(right) == 1 else "multiple", options=options, right=answer, points=len(right),
            partial=partial, explanation=_names(why),
        )  # fmt: skip
        return AuthoredCard(id=card, kind="question", text=_names(ask), question=question)

    def judge(self, ask: Texts, true: bool, why: Texts) -> AuthoredCard:
        question = AuthoredQuestion(kind="true_false", right=(TRUE if true else FALSE,), explanation=_names(why))
        return AuthoredCard(id=self._id(), kind="question", text=_names(ask), question=question)

    def arrange(self, ask: Texts, steps: tuple[Texts, ...], why: Texts) -> AuthoredCard:
        card = self._id()
        options = tuple(Option(derived_id(card, each[1])[:8], _names(each)) for each in steps)
        question = AuthoredQuestion(
            kind="order", options=options, right=tuple(option.id for option in options), points=2, partial=True,
            explanation=_names(why),
        )  # fmt: skip
        return AuthoredCard(id=card, kind="question", text=_names(ask), question=question)

    def short(self, ask: Texts, accepted: tuple[str, ...], why: Texts) -> AuthoredCard:
        question = AuthoredQuestion(kind="short", accepted=accepted, explanation=_names(why))
        return AuthoredCard(id=self._id(), kind="question", text=_names(ask), question=question)


def _products(write: _Writer) -> tuple[AuthoredCard, ...]:
    return (
        write.picture("range", ("我们卖什么", "What we sell"), (
            "饮料是门店走得最快的品类：水、茶、果汁、咖啡、功能饮料、乳品。顾客平均只看货架 6 秒，要让他一眼找到。",
            "Drinks move fastest: water, tea, juice, coffee, energy drinks, dairy. A customer looks at a shelf for six "
            "seconds: make the product easy to find.",
        )),
        write.picture("date_code", ("看懂日期码", "Read the date code"), (
            "瓶盖或瓶肩上的 8 位数字是生产日期，后面是生产线和批次。保质期从生产日期算起。",
            "The eight digits on cap or shoulder are the production date, then line and batch. Shelf life counts from "
            "that day.",
        )),
        write.text(("三句话介绍", "Three sentences"), (
            "先问顾客什么时候喝。\n再说一个最大的不同：比如零糖、常温可放、有气。\n最后给一个理由现在买：第二件半价、新口味。",
            "Ask when they will drink it.\nName the one great difference: no sugar, keeps at room temperature, sparkling."
            "\nGive a reason to buy now: half price for the second, a new flavour.",
        )),
        write.short(("瓶身上打着 20260714，它是几月生产的？填数字。", "The bottle says 20260714. In which month was it made? A number."),
                    ("7", "07", "7月", "July"), ("8 位数字依次是年、月、日。", "Year, month, day.")),
        write.choose(("介绍产品时先做什么？", "What comes first when you present a product?"),
                     (("问顾客什么时候喝", "Ask when they will drink it"),),
                     (("报价格", "Tell the price"), ("把所有口味说一遍", "List all flavours")),
                     ("先了解需要，再说不同点。", "First the need, then the difference.")),
        write.choose(("下面哪些是“最大的不同”？", "Which of these are differences worth naming?"),
                     (("零糖", "No sugar"), ("常温可放", "Keeps at room temperature")),
                     (("包装很好看", "It looks nice"), ("大家都在卖", "Everybody sells it")),
                     ("说顾客用得上的事实。", "Name facts the customer can use."), partial=True),
        write.judge(("保质期从进店那天算起。", "Shelf life counts from the day it reaches the shop."), False,
                    ("从生产日期算起。", "It counts from the production date.")),
    )  # fmt: skip


def _display(write: _Writer) -> tuple[AuthoredCard, ...]:
    return (
        write.picture("shelf", ("黄金位置", "The golden level"), (
            "视线到胸口之间最好卖：放主推品。大包装放下层，新品放主推品旁边。",
            "What stands between eyes and chest sells best: the lead products. Large packs below, new ones beside the lead.",
        )),
        write.picture("first_out", ("先进先出", "First in, first out"), (
            "补货时把旧货拉到前面，新货放后面。日期最早的永远在最前排。",
            "When you refill, pull the old goods to the front and put new ones behind. The earliest date stands first.",
        )),
        write.text(("价签", "Price tags"), (
            "一品一签，对准商品左边。\n促销签用红色，活动结束当天取下。\n没有价签，顾客就当没有这个商品。",
            "One tag for each product, at its left edge.\nPromotions have a red tag; take it off on the last day.\n"
            "Without a tag a product does not exist for the customer.",
        )),
        write.choose(("主推品放在哪一层？", "Where do lead products stand?"),
                     (("视线到胸口之间", "Between eyes and chest"),),
                     (("最上层", "On the top shelf"), ("最下层", "At the bottom"), ("收银台后面", "Behind the till")),
                     ("那里最容易看到、拿到。", "There they are seen and reached.")),
        write.arrange(("补货时按什么顺序做？", "In which order do you refill?"),
                      (("把旧货拉到前排", "Pull old goods to the front"), ("检查日期", "Check the dates"),
                       ("新货放到后排", "Put new goods behind"), ("对齐价签", "Align the tags")),
                      ("旧货在前，新货在后，最后对齐价签。", "Old in front, new behind, tags last.")),
        write.judge(("促销签可以多挂几天，吸引顾客。", "A promotion's tag may hang a few days longer."), False,
                    ("活动结束当天就要取下，否则会有价格纠纷。", "It comes off on the last day, or there will be a quarrel about the price.")),
        write.choose(("哪些商品不该摆在货架上？", "What must not be on the shelf?"),
                     (("过了保质期的", "What is past its date"), ("包装破损的", "What is damaged")),
                     (("只剩一瓶的", "The last bottle"), ("新口味", "A new flavour")),
                     ("过期和破损的马上下架登记。", "Take both off at once and write them down."), partial=True),
    )  # fmt: skip


def _ordering(write: _Writer) -> tuple[AuthoredCard, ...]:
    return (
        write.picture("order_app", ("三步下单", "An order in three steps"), (
            "选客户，点“＋”选商品，提交。数量会按起订量和整箱自动取整，价格是这家客户自己的价格。",
            "Choose the customer, tap + for products, submit. Quantities are rounded to packs, prices are this "
            "customer's own.",
        )),
        write.picture("no_signal", ("没有信号也能下", "It works without a signal"), (
            "没有网络时订单先存在手机里，角标显示待上传的数量。有网后自动上传，不要重复下单。",
            "Without a network the order waits on the phone; the badge shows how many. It is sent by itself: do not order "
            "twice.",
        )),
        write.judge(("没有网络时要等有信号再下单。", "Without a network you must wait before you order."), False,
                    ("照常下单，联网后自动上传。", "Order as usual; it is sent later.")),
        write.arrange(("下单的顺序是？", "In which order is it done?"),
                      (("选客户", "Choose the customer"), ("选商品和数量", "Choose products"), ("提交订单", "Submit")),
                      ("价格和起订量跟着客户走，所以先选客户。", "Prices follow the customer, so that comes first.")),
        write.choose(("角标上的“1”是什么意思？", "What does the 1 on the badge mean?"),
                     (("有 1 个操作还没上传", "One thing is not sent yet"),),
                     (("有 1 个新订单", "One new order"), ("信号 1 格", "One bar of signal")),
                     ("有网后它会自己变成 0。", "With a network it goes by itself.")),
    )  # fmt: skip


def make_lessons(tenant_id: str, pictures: Mapping[str, str]) -> dict[str, CourseSave]:
    """The courses by name, in the order they are to be published: what is required first."""
    products = CourseSave(
        course=course_id(tenant_id, "products"),
        title=_names(("产品知识入门", "Product basics")),
        summary=_names(("认识我们的商品，看懂日期码，三句话打动顾客。", "Know the range, read date codes, present a product in three sentences.")),
        image=pictures["range"],
        minutes=5,
        cards=_products(_Writer(tenant_id, "products", pictures)),
        attempts=3,
        shuffle=True,
        certificate=True,
        valid_months=12,
        audience=Audience(roles=("staff", "shop", "rep")),
    )  # fmt: skip
    display = CourseSave(
        course=course_id(tenant_id, "display"),
        title=_names(("货架陈列标准", "Display standards")),
        summary=_names(("黄金位置、先进先出、价签：货架多卖两成的三件事。", "Golden level, first in first out, tags: three things that sell more.")),
        image=pictures["shelf"],
        minutes=6,
        cards=_display(_Writer(tenant_id, "display", pictures)),
        attempts=2,
        shuffle=True,
        prerequisites=(products.course,),
        certificate=True,
        valid_months=12,
        audience=Audience(roles=("staff", "shop", "rep")),
    )  # fmt: skip
    ordering = CourseSave(
        course=course_id(tenant_id, "ordering"),
        title=_names(("订货小程序怎么用", "Using the order app")),
        summary=_names(("三步下单，没有信号也能下。", "An order in three steps, with or without a signal.")),
        image=pictures["order_app"],
        minutes=3,
        cards=_ordering(_Writer(tenant_id, "ordering", pictures)),
        pass_mark=60,
        marking="on_server",
    )
    return {"products": products, "display": display, "ordering": ordering}
