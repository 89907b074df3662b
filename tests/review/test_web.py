"""The review page: what it refuses, what it writes, and how it looks to a browser."""

from __future__ import annotations

import http.client
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import urlencode, urlsplit

import pytest
import yaml

from respml.errors import InputError
from respml.review.comments import LONGEST, add_comment, read_comments
from respml.review.signoff import sha256_of, states
from respml.review.web.server import LARGEST_FORM, serve
from respml.review.web.workspace import STATES, open_workspace, sections_of
from tests.review import chromium
from tests.review.small_run import rewrite_manifest, with_finding

FORM = "application/x-www-form-urlencoded"


def difference(old, new) -> str:
    return f"<!DOCTYPE html><title>d</title><style>p {{ color: red }}</style><p>From {old.name} to {new.name}</p>"


@pytest.fixture
def workspace(small):
    with_finding(small.folder)
    return open_workspace(small.folder, small.loaded.path, difference)


@pytest.fixture
def server(workspace):
    with serve(workspace) as running:
        yield running


def ask(server, path, method="GET", body=None, **headers):
    """One request; headers as given, with the right host unless one is given."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.origin).port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": server.host, **headers}.items():
        if value is not None:
            connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def post(server, name, fields, **headers):
    """A form of the page as it was first shown."""
    headers = {"Origin": server.origin, "Content-Type": FORM, **headers}
    sent = urlencode({"seen": server.workspace.seen, **fields})
    return ask(server, f"/{server.token}/{name}", "POST", sent.encode(), **headers)


def comment(**more):
    return {"section": "sec-two", "by": "Ada", "text": "Why?", **more}


def test_the_page_is_served_to_the_address_with_the_token(server):
    answer, text = ask(server, f"/{server.token}/")
    assert answer.status == 200
    assert "Second" in text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "<script" not in text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "path",
    ["/", "/{wrong}/", "/{short}/", "/{token}", "/page.css", "/{wrong}/report.html", "/../{token}/"],
)
def test_a_wrong_token_is_refused(server, path):
    token = server.token
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    answer, text = ask(server, path.format(token=token, wrong=wrong, short=token[:-1]))
    assert (answer.status, text) == (403, "403 Forbidden\n")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": None},
        {"Host": "localhost"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("name", ["", "report.html", "findings"])
def test_another_host_or_origin_is_refused(server, headers, name):
    answer, text = ask(server, f"/{server.token}/{name}", **headers)
    assert (answer.status, text) == (403, "403 Forbidden\n")


@pytest.mark.parametrize(
    "headers", [{"Origin": None}, {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Host": "evil.example"}]
)
def test_a_form_from_elsewhere_writes_nothing(server, workspace, headers):
    answer, _ = post(server, "comment", comment(), **headers)
    assert answer.status == 403
    assert not workspace.comments_folder.exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content-Type": "text/plain"}, 400), ({"Content-Type": "application/json"}, 400)],
)
def test_a_form_of_another_kind_is_refused(server, workspace, headers, status):
    assert post(server, "comment", comment(), **headers)[0].status == status
    assert not workspace.comments_folder.exists()


def test_a_form_that_is_too_large_is_refused(server, workspace):
    assert post(server, "comment", comment(text="x" * LARGEST_FORM))[0].status == 400
    assert not workspace.comments_folder.exists()


def test_the_longest_comment_is_kept_in_any_script(server, workspace):
    text = "漢" * LONGEST
    assert post(server, "comment", comment(text=text))[0].status == 303
    assert [each.text("text") for each in read_comments(workspace.comments_folder)] == [text]


@pytest.mark.parametrize("query", ["text=%ff", "&".join(f"a{n}=1" for n in range(40))])
def test_a_query_that_is_none_is_refused(server, query):
    assert ask(server, f"/{server.token}/findings?{query}")[0].status == 400


@pytest.mark.parametrize("length", ["²", "9" * 5000, "-1", "1e3", ""])
def test_a_form_of_no_length_is_refused(server, length):
    headers = {"Origin": server.origin, "Content-Type": FORM, "Content-Length": length.encode("latin-1")}
    assert ask(server, f"/{server.token}/comment", "POST", **headers)[0].status == 400


def test_a_run_that_is_gone_is_told_on_the_page_and_found_again(server, workspace, tmp_path):
    workspace.run.rename(tmp_path / "aside")
    answer, text = ask(server, f"/{server.token}/findings")
    assert answer.status == 200 and "cannot be read" in text
    assert ask(server, f"/{server.token}/report.html")[0].status == 400
    (tmp_path / "aside").rename(workspace.run)
    assert "cannot be read" not in ask(server, f"/{server.token}/findings")[1]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("comment", comment(text="Words of mine")),
        ("sync", {}),
        ("sign", {"role": "validator", "name": "Grace", "decision": "approve", "comment": "Words of mine"}),
    ],
)
def test_nothing_is_said_of_a_report_that_was_built_after_the_page(server, workspace, name, fields):
    """Who signs or comments has read what the page showed, not what a build put in its place meanwhile."""
    (workspace.run / "report.pdf").write_bytes(b"%PDF another")
    rewrite_manifest(workspace.run)
    answer, text = post(server, name, {"seen": workspace.seen, **fields})
    assert answer.status == 400
    assert "built again" in text
    assert not workspace.comments_folder.exists() and not workspace.findings_folder.exists()
    assert {each.state for each in states(workspace.run)} == {"unsigned"}
    if "Words of mine" in fields.values():
        assert "Words of mine" in text
    assert post(server, name, fields)[0].status == 303


@pytest.mark.parametrize("name", ["../../etc/passwd", "report.pdf", "%2e%2e/x", "manifest.json", "sign"])
def test_no_other_file_is_served(server, name):
    assert ask(server, f"/{server.token}/{name}")[0].status == 404


def test_the_server_listens_on_the_loopback_address_alone(server):
    """A server on every address would also answer on the second address of the loopback network."""
    port = urlsplit(server.origin).port
    assert server.host == f"127.0.0.1:{port}"
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=2).close()


def test_two_servers_have_two_tokens_and_a_port_in_use_is_told(server, workspace):
    with serve(workspace) as other:
        assert other.token != server.token
        assert len(other.token) >= 40
    with pytest.raises(InputError, match="cannot be used"):
        serve(workspace, urlsplit(server.origin).port)


def test_the_report_is_served_sandboxed(server, workspace):
    answer, text = ask(server, f"/{server.token}/report.html")
    assert text == (workspace.run / "report.html").read_text()
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "form-action 'none'" in policy


def test_a_comment_becomes_a_file_and_is_shown_escaped(server, workspace):
    first, _ = post(server, "comment", comment(text="<b>Why?</b>\r\nSecond line"))
    assert (first.status, first.headers["Location"]) == (303, ".?kept=comment&by=Ada")
    post(server, "comment", comment(by="Grace"))
    assert sorted(each.name for each in workspace.comments_folder.iterdir()) == ["sec-two-1.yml", "sec-two-2.yml"]
    kept = yaml.safe_load((workspace.comments_folder / "sec-two-1.yml").read_text())
    assert kept == {
        "section": "sec-two",
        "version": "1.0.0",
        "as_of": date(2026, 9, 30),
        "report_sha256": sha256_of(workspace.run / "report.pdf"),
        "by": "Ada",
        "text": "<b>Why?</b>\nSecond line",
    }
    _, text = ask(server, f"/{server.token}/")
    assert "&lt;b&gt;Why?&lt;/b&gt;\nSecond line" in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    "fields", [comment(section="sec-none"), comment(section="../x"), comment(text=" "), comment(by="")]
)
def test_a_comment_without_place_text_or_name_is_told_and_not_kept(server, workspace, fields):
    answer, text = post(server, "comment", fields)
    assert answer.status == 400
    assert 'role="status"' in text
    assert not workspace.comments_folder.exists()


def test_comments_never_overwrite_each_other(tmp_path):
    given = {"by": "A", "version": "1", "as_of": date(2026, 1, 1), "report_sha256": ""}
    for _ in range(3):
        add_comment(tmp_path, "sec-a", "x", **given)
    (tmp_path / "sec-a-2.yml").unlink()
    assert add_comment(tmp_path, "sec-a", "y", **given).name == "sec-a-4.yml"
    assert [each.number for each in read_comments(tmp_path)] == [1, 3, 4]


def test_what_was_typed_is_not_lost_when_it_cannot_be_kept(server):
    words = "Two lines,\r\n<b>long</b> ones."
    _, text = post(server, "comment", {"section": "sec-two", "by": "", "text": words})
    assert "&lt;b&gt;long&lt;/b&gt; ones.</textarea>" in text
    assert '<option value="sec-two" selected>' in text
    _, text = post(server, "sign", {"role": "validator", "name": "Grace", "decision": "reject", "comment": ""})
    assert 'value="Grace"' in text and '<option value="reject" selected>' in text
    post(server, "sync", {})
    (id,) = {each.finding.id for each in server.workspace.entries() if each.finding}
    _, text = post(server, "answer", {"id": id, "by": "Ada", "due": "soon", "response": words})
    assert "<details open>" in text and "&lt;b&gt;long&lt;/b&gt; ones.</textarea>" in text
    _, text = ask(server, f"/{server.token}/findings")
    assert "<details open>" not in text and "ones.</textarea>" not in text


def test_many_readers_at_once_lose_nothing(server, workspace):
    """Comments, answers and decisions from several connections at the same time: every one is kept."""
    post(server, "sync", {})
    (id,) = {each.finding.id for each in workspace.entries() if each.finding}
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(post, server, "comment", comment(by=f"Reader {n}", text=f"Text {n}")) for n in range(12)]
        asked += [
            pool.submit(post, server, "answer", {"id": id, "by": f"Reader {n}", "response": f"Answer {n}"})
            for n in range(12)
        ]
        assert {each.result()[0].status for each in asked} == {303}
    assert sorted(each.text("text") for each in read_comments(workspace.comments_folder)) == sorted(
        f"Text {n}" for n in range(12)
    )
    kept = yaml.safe_load((workspace.findings_folder / f"{id}.yml").read_text())
    answered = [each["given"]["response"] for each in kept["history"] if each["event"] == "answered"]
    assert sorted(answered) == sorted(f"Answer {n}" for n in range(12))
    assert kept["response"] == answered[-1]


def test_the_decision_page_names_people_words_and_a_void_signature(server, workspace):
    post(server, "sign", {"role": "validator", "name": "Grace", "decision": "reject", "comment": "Not <yet>."})
    _, text = ask(server, f"/{server.token}/decision")
    assert "● signed" in text and "Not &lt;yet&gt;." in text and text.count("○ unsigned") == 2
    assert "Val Idator" in text and sha256_of(workspace.run / "report.pdf") in text
    (workspace.run / "report.pdf").write_bytes(b"%PDF-1.7 other\n")
    _, text = ask(server, f"/{server.token}/decision")
    assert "▲ void" in text and "Void: report.pdf is not the file that was signed." in text


def test_findings_are_filtered_and_answered(server, workspace):
    code = workspace.entries()[0].result["code"]
    post(server, "sync", {})
    _, text = ask(server, f"/{server.token}/findings?" + urlencode({"severity": "high", "register": "open"}))
    assert "<p>1 check</p>" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text
    assert "<script" not in text
    _, text = ask(server, f"/{server.token}/findings?" + urlencode({"text": "alert nothing-like-it"}))
    assert "<p>0 checks</p>" in text
    id = f"{code}.mgbm"
    answer, _ = post(
        server, "answer", {"id": id, "by": "Ada", "owner": "Olga", "due": "2026-09-01", "response": "We look."}
    )
    assert (answer.status, answer.headers["Location"]) == (303, "findings?kept=answer&by=Ada")
    _, text = ask(server, f"/{server.token}/findings?register=overdue")
    assert "<p>1 check</p>" in text
    assert "2026-09-01 (overdue)" in text
    kept = yaml.safe_load((workspace.findings_folder / f"{id}.yml").read_text())
    assert (kept["owner"], kept["response"], kept["history"][-1]["by"]) == ("Olga", "We look.", "Ada")


def test_findings_come_first_and_what_passed_last(workspace):
    ranks = [STATES.index(each.result["state"]) for each in workspace.entries()]
    assert ranks == sorted(ranks)
    assert workspace.entries()[0].result["state"] == "finding"


def test_an_answer_that_cannot_be_kept_is_told(server):
    post(server, "sync", {})
    answer, text = post(server, "answer", {"id": "none", "by": "Ada", "response": "x"})
    assert answer.status == 400
    assert "There is no finding of this id" in text


def test_a_decision_is_a_signature_of_the_run(server, workspace):
    post(server, "sign", {"role": "developer", "name": "Ada", "decision": "approve", "comment": "", "on": ""})
    answer, text = post(
        server, "sign", {"role": "validator", "name": "ADA", "decision": "approve", "comment": "", "on": ""}
    )
    assert answer.status == 400
    assert "must be somebody else" in text
    conditions = {
        "role": "validator",
        "name": "Grace",
        "decision": "approve-with-conditions",
        "comment": "Watch.",
        "on": "2026-10-02",
    }
    assert post(server, "sign", conditions)[0].status == 303
    assert [each.state for each in states(workspace.run)] == ["signed", "signed", "unsigned"]
    _, text = ask(server, f"/{server.token}/decision")
    assert "◆ approve with conditions by Grace on 2026-10-02" in text


def test_changes_are_shown_against_the_version_before_or_said_to_be_none(small, workspace, server):
    _, text = ask(server, f"/{server.token}/changes")
    assert "no earlier version" in text
    assert ask(server, f"/{server.token}/changes.html")[0].status == 404
    later = small.folder.parent / "1.1.0"
    shutil.copytree(small.folder, later)
    manifest = (later / "manifest.json").read_text().replace('"version": "1.0.0"', '"version": "1.1.0"')
    (later / "manifest.json").write_text(manifest)
    with serve(open_workspace(later, small.loaded.path, difference)) as other:
        answer, text = ask(other, f"/{other.token}/changes.html")
        assert "From 1.0.0 to 1.1.0" in text
        assert answer.headers["Content-Security-Policy"].endswith("sandbox")
        # the spec beside it is of 1.0.0, so its register is not to be changed by this run
        assert post(other, "sync", {})[0].status == 400


def test_sections_are_those_of_the_report(small):
    found = [(each.id, each.title, each.level) for each in sections_of(small.folder / "report.html")]
    assert found == [("sec-one", "First & foremost", 1), ("sec-two", "Second", 2)]


def test_a_spec_of_another_model_or_none_is_refused(small, tmp_path, monkeypatch):
    other = tmp_path / "other.yml"
    other.write_text(small.loaded.path.read_text().replace("id: small", "id: large"))
    with pytest.raises(InputError, match="not of 'small'"):
        open_workspace(small.folder, other, difference)
    assert open_workspace(small.folder, None, difference).loaded.path.parent == small.loaded.folder
    small.loaded.path.unlink()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="--spec"):
        open_workspace(small.folder, None, difference)


@pytest.mark.browser
def test_a_reader_reads_filters_comments_answers_and_decides_in_a_browser(small):
    if chromium.found() is None:
        pytest.skip("there is no Chromium on this machine")
    with_finding(small.folder)
    hostile = '<script>parent.document.title = "owned"; document.title = document.cookie</script><img src="http://192.0.2.1/x.png">'
    report = small.folder / "report.html"
    report.write_text(report.read_text().replace("<p>Words.</p>", f"<p>Words.</p>{hostile}"))
    rewrite_manifest(small.folder)
    workspace = open_workspace(small.folder, small.loaded.path, difference)
    with serve(workspace) as server, chromium.Browser() as browser:
        browser.open(server.url)
        assert "Words." in browser.frame_text("/report.html")
        assert browser.evaluate("document.title") == "Review of small 1.0.0", "a script of the report reaches nothing"
        assert browser.evaluate("getComputedStyle(document.querySelector('nav')).display") == "flex", (
            "the style is in force"
        )

        browser.submit('form[action="comment"]', section="sec-two", by="Ada", text="<i>Why</i> so?")
        assert browser.evaluate("document.querySelector('blockquote p').textContent") == "<i>Why</i> so?"
        browser.evaluate("document.querySelector('.sections a[href$=\"#sec-two\"]').click()")

        browser.open(server.url + "findings")
        browser.submit('form[action="sync"]')
        browser.submit("form.filter", severity="high", state="finding")
        assert browser.evaluate("document.querySelectorAll('article').length") == 1
        assert browser.evaluate("document.querySelectorAll('article script').length") == 0
        browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        browser.submit('form[action="answer"]', by="Ada", owner="Olga", due="2026-09-01", response="We look.")
        browser.open(server.url + "findings?register=overdue")
        assert browser.evaluate("document.querySelector('dd.overdue').textContent") == "2026-09-01 (overdue)"

        browser.open(server.url + "decision")
        browser.submit('form[action="sign"]', role="validator", name="Grace", decision="reject", comment="Not yet.")
        assert "reject by Grace" in browser.evaluate("document.querySelector('.signatures').textContent")

        asked = {urlsplit(each).netloc for each in browser.requests if not each.startswith(("data:", "about:"))}
        refused = [each for each in browser.complaints if "192.0.2.1" in each]
        assert refused, "the picture on another host was blocked by the policy"
        assert asked - {"192.0.2.1"} == {server.host}
        assert not [each for each in browser.complaints if "style" in each.lower()]

        fields = "".join(f"<input name={name} value={value}>" for name, value in comment().items())
        elsewhere = f"data:text/html,<form method=post action='{server.url}comment'>{fields}</form>"
        before = len(read_comments(workspace.comments_folder))
        browser.open(elsewhere)
        browser.evaluate("document.forms[0].submit()")
        browser.wait_for("document.body !== null && document.body.innerText.startsWith('403')")
        assert len(read_comments(workspace.comments_folder)) == before
