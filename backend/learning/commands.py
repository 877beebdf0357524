"""Commands of courses."""

from backend.learning.authoring import publish_course, save_course, withdraw_course
from backend.learning.deciding import decide_attempt, give_try, revoke_certificate
from backend.learning.results import tell_tallies
from backend.learning.taking import finish_attempt, prepare, study_course
from backend.sync.commands import Handler
from offline.wire.learning import (
    CertificateRevoke,
    CourseAttemptDecide,
    CourseAttemptFinish,
    CoursePublish,
    CourseSave,
    CourseStudy,
    CourseTryGive,
    CourseWithdraw,
)

HANDLERS: tuple[Handler, ...] = (
    Handler(CourseSave, "course.edit", save_course),
    Handler(CoursePublish, "course.edit", publish_course),
    Handler(CourseWithdraw, "course.edit", withdraw_course),
    Handler(CourseStudy, "course.take", study_course, prepare),
    Handler(CourseAttemptFinish, "course.take", finish_attempt, prepare, tell_tallies),
    Handler(CourseAttemptDecide, "course.edit", decide_attempt, finish=tell_tallies),
    Handler(CourseTryGive, "course.edit", give_try),
    Handler(CertificateRevoke, "course.edit", revoke_certificate),
)
