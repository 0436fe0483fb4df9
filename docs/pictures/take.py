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
TALKS = {
    "en": ["What time is the opening?", "where is workshop 3"],
    "ar": ["أين غرفة الصلاة؟", "اسمي غير موجود في قائمة البطاقات"],
    "vi": ["Mật khẩu Wi-Fi là gì?", "Lễ khai mạc bắt đầu lúc mấy giờ?"],
}


def talk(browser: Browser, chat: str, language: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2, reduced_motion="reduce")
    page.goto(f"{chat}?lang={language}")
    for line in TALKS[language]:
        box = page.locator("textarea")
        box.fill(line)
        box.press("Enter")
        page.wait_for_timeout(1_500)
    page.screenshot(path=HERE / f"chat-{language}.png")
    page.close()


def console(browser: Browser, link: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto(link)
    page.locator("#enter").click()
    page.wait_for_timeout(1_500)
    _open_first(page)
    page.screenshot(path=HERE / "console.png")
    page.close()


def _open_first(page: Page) -> None:
    row = page.locator("#tickets button").first
    if row.count():
        row.click()
        page.wait_for_timeout(1_000)


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
