"""The command line: `ticto-inbox serve` and `ticto-inbox import`."""

from __future__ import annotations

import json
import logging
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from sqlalchemy.exc import SQLAlchemyError

from target_activecampaign.inbox.errors import InboxError
from target_activecampaign.inbox.settings import InboxSettings, load_settings, prepare_data_dir
from target_activecampaign.inbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_activecampaign.panel.app import Panel

logger = logging.getLogger(__name__)

_WEB_PACKAGES: Final = (
    "starlette",
    "uvicorn",
    "python_multipart",
    "jinja2",
    "babel",
    "itsdangerous",
    "ruamel",
)

_config_option: Final = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="JSON file with the settings; TICTO_INBOX_... variables go before it.",
)


@click.group()
@click.version_option(package_name="singer-activecampaign", prog_name="ticto-inbox")
def main() -> None:
    """Receive Ticto's postbacks, keep them for tap-ticto, and show what became of them."""


@main.command()
@_config_option
def serve(config: Path | None) -> None:
    """Receive postbacks over HTTP until SIGTERM."""
    missing = [package for package in _WEB_PACKAGES if find_spec(package) is None]
    if missing:
        raise click.ClickException(
            "ticto-inbox needs a web server: pip install 'singer-activecampaign[inbox]'."
        )
    _log_to_stderr()
    _or_one_sentence(lambda: _serve(load_settings(config, os.environ)))


@main.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@_config_option
def import_file(file: Path, config: Path | None) -> None:
    """Bring a file into the inbox: the panel's CSV export of sales, or JSON Lines of bodies."""
    _log_to_stderr()
    _or_one_sentence(lambda: _import(load_settings(config, os.environ), file))


def _serve(settings: InboxSettings) -> None:
    # Not installed without the extra.
    from target_activecampaign.inbox.receiver import create_app  # noqa: PLC0415
    from target_activecampaign.inbox.server import listening_socket, server_for  # noqa: PLC0415
    from target_activecampaign.inbox.supervisor import Supervisor  # noqa: PLC0415

    prepare_data_dir(settings.data_dir)
    store = Store(settings.inbox_url, create=True)
    try:
        listening = listening_socket(settings.host, settings.port)
        if not settings.ticto_tokens:
            logger.warning(
                "The setting ticto_tokens is empty: whoever knows the address can send orders."
            )
        supervisor = None
        if settings.apply_every_seconds is not None:
            _warn_of_target_config(settings)
            supervisor = Supervisor(settings)
        host, port = listening.getsockname()[:2]
        shown_host = f"[{host}]" if ":" in host else host
        logger.info("Receiving postbacks on http://%s:%d%s.", shown_host, port, settings.path)
        panel = _panel(settings, store, f"http://{shown_host}:{port}/")
        routes = panel.routes if panel is not None else ()
        app = create_app(settings, store, supervisor=supervisor, extra_routes=routes)
        try:
            server_for(app).run(sockets=[listening])
        finally:
            if panel is not None:
                panel.close()
    finally:
        store.close()
    logger.info("Stopped. What was received is kept.")


def _panel(settings: InboxSettings, store: Store, address: str) -> Panel | None:
    """Return the panel, if it is wanted and may be served; postbacks are received either way."""
    if not settings.panel:
        return None
    # Not installed without the extra. Nothing but this assembly knows of the panel.
    from target_activecampaign.panel.app import Panel  # noqa: PLC0415
    from target_activecampaign.panel.security import is_loopback  # noqa: PLC0415

    if settings.panel_password is None and not is_loopback(settings.host):
        logger.warning(
            "The panel is not served: others can reach %s, so it needs the setting "
            "panel_password. Set panel to false if no panel is wanted.",
            settings.host,
        )
        return None
    try:
        panel = Panel(settings, store, settings.panel_password)
    except (OSError, SQLAlchemyError) as error:
        logger.error(  # noqa: TRY400 - one sentence
            "The panel is not served: its files in %s cannot be used (%s).",
            settings.data_dir,
            getattr(error, "strerror", None)
            or getattr(error, "orig", None)
            or type(error).__name__,
        )
        return None
    if panel.has_page(settings.path):
        logger.warning(
            "The setting path is %s, which is also a page of the panel: that page cannot be shown. "
            "Choose another path, such as /ticto.",
            settings.path,
        )
    panel.start()
    logger.info("The panel is at %s", address)
    return panel


def _import(settings: InboxSettings, file: Path) -> None:
    from target_activecampaign.inbox.importer import import_into  # noqa: PLC0415

    prepare_data_dir(settings.data_dir)
    store = Store(settings.inbox_url, create=True)
    try:
        counts = import_into(store, file, tokens=settings.ticto_tokens)
    finally:
        store.close()
    click.echo(f"{counts.new} new, {counts.known} known, {counts.unreadable} unreadable.")
    if counts.unreadable and not counts.new and not counts.known:
        sys.exit(1)


def _warn_of_target_config(settings: InboxSettings) -> None:
    """Say what is odd about the target's configuration; postbacks are received all the same."""
    try:
        values = json.loads((settings.target_config or Path()).read_text(encoding="utf-8"))
    except OSError as error:
        logger.error(  # noqa: TRY400 - one sentence
            "The setting target_config: %s cannot be read: %s. Nothing is applied until it can.",
            settings.target_config,
            error.strerror,
        )
        return
    except ValueError:
        logger.error(  # noqa: TRY400 - one sentence
            "The setting target_config: %s is not JSON. Nothing is applied until it is.",
            settings.target_config,
        )
        return
    if isinstance(values, dict) and values.get("ticto_token") and not settings.ticto_tokens:
        logger.warning(
            "The target's ticto_token is not used, because the inbox keeps no tokens. Put it into "
            "ticto_tokens, so that the inbox asks for it."
        )


def _or_one_sentence(work: Callable[[], None]) -> None:
    try:
        work()
    except InboxError as error:
        raise click.ClickException(str(error)) from None


def _log_to_stderr() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    # What it says at other levels is not for the owner of an inbox.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
