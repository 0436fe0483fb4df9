"""Takes the pictures of the README and the docs from the running demonstration: ``python docs/pictures/take.py``."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SETTLED = 1_500  # milliseconds, until what follows by itself has come too
TALKS = {
    "en": ["What time is the opening?", "where is workshop 3"],
    "ar": ["أين غرفة الصلاة؟", "اسمي غير موجود في قائمة البطاقات"],
    "vi": ["Mật khẩu Wi-Fi là gì?", "Lễ khai mạc bắt đầu lúc mấy giờ?"],
}


def talk(browser: Browser, chat: str, language: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2, reduced_motion="reduce")
    page.goto(f"{chat}?lang={language}")
    for line in TALKS[language]:
        said = page.locator("#entries li.desk").count()
        box = page.locator("textarea")
        box.fill(line)
        box.press("Enter")
        page.locator("#entries li.desk").nth(said).wait_for()
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=HERE / f"chat-{language}.png")
    page.close()


def console(browser: Browser, link: str) -> None:
    """On the screen at the desk in English, and on a phone in Arabic."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto(link)
    page.locator("#enter").click()
    page.locator("#tickets button").first.click()
    _shot(page, "console.png")
    page.locator("#duty").click()
    page.select_option("#language", "ar")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.locator("#tickets button").first.click()
    _shot(page, "console-phone-ar.png")
    page.close()


def _shot(page: Page, name: str) -> None:
    page.locator("#entries li").first.wait_for()
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=HERE / name)


def main() -> None:
    demo = subprocess.Popen([sys.executable, "-m", "bot", "demo"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        chat = link = ""
        assert demo.stdout is not None
        for line in demo.stdout:
            chat = (re.search(r"http://\S+/chat", line) or [chat])[0]
            link = (re.search(r"http://\S+/desk/enter\?token=\S+", line) or [link])[0]
            if "Ctrl-C" in line:
                break
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            for language in TALKS:
                talk(browser, chat, language)
            console(browser, link)
            browser.close()
    finally:
        demo.terminate()
        demo.wait(10)


if __name__ == "__main__":
    main()
