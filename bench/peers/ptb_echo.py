"""A bare python-telegram-bot Application that echoes, with its defaults: the peer."""

from __future__ import annotations

import os

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    del context
    if update.message is not None and update.message.text is not None:
        await update.message.reply_text(update.message.text)


def main() -> None:
    url = os.environ["DESK_TELEGRAM_API_URL"]
    application = Application.builder().token(os.environ["DESK_TELEGRAM_TOKEN"]).base_url(url + "/bot").base_file_url(url + "/file/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling(allowed_updates=["message"])


if __name__ == "__main__":
    main()
