"""Commands about files, and by one name what ``offline.wire.files`` says of them."""

from typing import ClassVar

from offline.wire import files
from offline.wire.commands import Command, Id

MAX_FILE = files.MAX_FILE
Sha256 = files.Sha256
ContentType = files.ContentType
MediaStatus = files.MediaStatus
Position = files.Position
MediaRef = files.MediaRef
MediaView = files.MediaView


class ProductPicture(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A picture for a product, in place of the one it has. It shows once the file is here."""

    NAME: ClassVar[str] = "product.picture"
    product: Id
    picture: MediaRef


COMMANDS: dict[str, type[Command]] = {ProductPicture.NAME: ProductPicture}
