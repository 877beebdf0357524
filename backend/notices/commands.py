"""Commands of the notices slice. Readers need no permission: what they may touch is what is addressed to them."""

from backend.notices.reading import confirm_notice, count_later, deliver_notices, read_notice
from backend.notices.writing import (
    correct_notice,
    discard_notice,
    remind_readers,
    save_notice,
    send_notice,
    unschedule_notice,
    withdraw_notice,
)
from backend.sync.commands import Handler
from offline.wire.notices import (
    NoticeConfirm,
    NoticeCorrect,
    NoticeDelivered,
    NoticeDiscard,
    NoticeRead,
    NoticeRemind,
    NoticeSave,
    NoticeSend,
    NoticeUnschedule,
    NoticeWithdraw,
)

_WRITE = "notice.write"
HANDLERS: tuple[Handler, ...] = (
    Handler(NoticeSave, _WRITE, save_notice),
    Handler(NoticeSend, _WRITE, send_notice),
    Handler(NoticeUnschedule, _WRITE, unschedule_notice),
    Handler(NoticeDiscard, _WRITE, discard_notice),
    Handler(NoticeCorrect, _WRITE, correct_notice),
    Handler(NoticeWithdraw, _WRITE, withdraw_notice),
    Handler(NoticeRemind, _WRITE, remind_readers),
    Handler(NoticeDelivered, "", deliver_notices, finish=count_later),
    Handler(NoticeRead, "", read_notice, finish=count_later),
    Handler(NoticeConfirm, "", confirm_notice, finish=count_later),
)
