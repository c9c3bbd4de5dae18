"""`delivery.sh` run against programs that answer as AWS and docker do."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.pipeline.delivery import Delivery, Stage
from seatrial.pipeline.script import script
from seatrial.template import render_json
from tests.pipeline.cloud import PROGRAM, Cloud, cloud_in
from tests.pipeline.linters import SHELLCHECK
from tests.pipeline.programs import REGISTRY
from tests.pipeline.systems import example, of_example, shop

SCRIPT = Path(__file__).parents[2] / "src/seatrial/pipeline/delivery.sh"
DELIVERED = f"{REGISTRY}/shop-staging/api:c0ffee1"


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """Give a cloud with the shop's sources and staging template."""
    (tmp_path / "template.json").write_text(render_json(staging().graph))
    for folder in ("app", "jobs/worker"):
        (tmp_path / folder).mkdir(parents=True)
    _site(tmp_path, {"index.html": "one", "assets/app.js": "one", "old name.css": "one"})
    with cloud_in(tmp_path) as made:
        yield made


def staging(delivery: Delivery | None = None) -> Stage:
    return (delivery or shop()).stages[1 if delivery is None else 0]


def _site(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / "web" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "web" / name).write_text(text)


def _built(cloud: Cloud, **more: str) -> None:
    for part in ("api", "worker"):
        done = cloud.build(shop(), part, **more)
        assert done.returncode == 0, done.stderr


def _deployed(cloud: Cloud) -> list[dict[str, str]]:
    """Give the parameters of each deployment."""
    found = []
    for words in cloud.calls("aws cloudformation deploy"):
        told = words[words.index("--parameter-overrides") + 1 :]
        found.append(dict(each.split("=", 1) for each in told))
    return found


def test_shellcheck_finds_nothing() -> None:
    done = subprocess.run(
        [SHELLCHECK, SCRIPT, PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_an_image_is_built_once_for_a_commit(cloud: Cloud) -> None:
    _built(cloud)
    _built(cloud)
    pushed = [words[2] for words in cloud.calls("docker push")]
    assert pushed == [f"{REGISTRY}/shop-builds/{each}:c0ffee1" for each in ("api", "worker-arm64")]
    platforms = [w[w.index("--platform") + 1] for w in cloud.calls("docker buildx build")]
    assert platforms == ["linux/amd64", "linux/arm64"]


def test_docker_signs_in_with_the_password_that_ecr_gives(cloud: Cloud) -> None:
    _built(cloud)
    names = [" ".join(words[:3]) for words in cloud.calls()]
    # The program that stands for docker takes no other password.
    assert cloud.calls("docker login")[0][1:] == [
        "login",
        "--username",
        "AWS",
        "--password-stdin",
        REGISTRY,
    ]
    assert names.index("docker login --username") < names.index("docker buildx build")


def test_a_dockerfile_of_ones_own_is_used(cloud: Cloud) -> None:
    (cloud.folder / "app/Dockerfile").write_text("FROM y")
    _built(cloud)
    files = [w[w.index("--file") + 1] for w in cloud.calls("docker buildx build")]
    assert files[0] == "app/Dockerfile"
    assert files[1].endswith("temp/delivery/worker.Dockerfile")
    assert [w[2] for w in cloud.calls("seatrial dockerfile")] == ["worker"]


def test_a_first_delivery_makes_the_stack_without_tasks(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    first, second = _deployed(cloud)
    assert first == {"ImageTag": "initial", "ApiDesiredCount": "0", "WorkerDesiredCount": "0"}
    assert second == {"ImageTag": "c0ffee1", "ApiDesiredCount": "2", "WorkerDesiredCount": "1"}
    assert not cloud.calls("aws ecs describe-services")


def test_the_steps_come_in_the_order_that_is_safe(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    order = [
        each
        for words in cloud.calls()
        for each in (
            "cloudformation deploy",
            "imagetools create",
            "run-task",
            "curl",
            "create-invalidation",
        )
        if each in " ".join(words)
    ]
    assert order == [
        "cloudformation deploy",
        "imagetools create",
        "imagetools create",
        "run-task",
        "cloudformation deploy",
        "curl",
        "create-invalidation",
        "curl",
    ]


def test_the_same_image_goes_everywhere(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    images = cloud.state.images
    assert images[DELIVERED] == images[f"{REGISTRY}/shop-builds/api:c0ffee1"]
    created = cloud.calls("docker buildx imagetools")[0]
    assert "--prefer-index=false" in created
    assert "@sha256:" in created[-1]
    # Again: there is nothing left to copy, and an immutable tag is never pushed twice.
    assert cloud.deliver(shop(), staging()) == ""
    assert len(cloud.calls("docker buildx imagetools")) == 2


def test_a_job_runs_with_the_new_image_where_the_service_runs(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    registered = cloud.state.registered
    images = [each["image"] for each in registered["containerDefinitions"]]
    assert images == [f"{REGISTRY}/x/y:c0ffee1", "public.ecr.aws/z/otel:1.2"]
    assert registered.keys() == {"family", "networkMode", "containerDefinitions"}
    network = cloud.state.ran["awsvpcConfiguration"]
    assert network["securityGroups"] == ["its-MigrateGroup"]
    assert network["subnets"][:2] == ["its-PrivateSubnet1", "its-PrivateSubnet2"]
    assert network["assignPublicIp"] == "DISABLED"
    assert "its-Cluster" in cloud.calls("aws ecs run-task")[0]


def test_a_later_delivery_keeps_what_autoscaling_did(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    cloud.keep({"live": {"its-ApiService": 5, "its-WorkerService": 0}})
    _built(cloud, IMAGE_TAG="c0ffee2")
    assert cloud.deliver(shop(), staging(), IMAGE_TAG="c0ffee2") == ""
    assert _deployed(cloud)[-1] == {
        "ImageTag": "c0ffee2",
        "ApiDesiredCount": "5",
        "WorkerDesiredCount": "0",
    }


@pytest.mark.parametrize(
    ("broken", "step"),
    [({"exit": 1}, "migrate"), ({"exit": None}, "migrate"), ({"curl": 22}, "smoke")],
)
def test_a_failed_first_delivery_is_begun_again(
    cloud: Cloud, broken: dict[str, Any], step: str
) -> None:
    _built(cloud)
    cloud.keep(broken)
    assert cloud.deliver(shop(), staging()).startswith(f"{step}: ")
    cloud.keep({"exit": 0, "curl": 0})
    assert cloud.deliver(shop(), staging()) == ""
    assert _deployed(cloud)[-1]["ApiDesiredCount"] == "2"


def test_a_failed_job_leaves_the_service_alone(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    _built(cloud, IMAGE_TAG="c0ffee2")
    cloud.keep({"exit": 3})
    cloud.forget()
    told = cloud.deliver(shop(), staging(), IMAGE_TAG="c0ffee2")
    assert "MigrateTask failed" in told
    assert '["job",3,null]' in told
    assert "the stack is as it was" in told
    assert not _deployed(cloud)


def test_a_failed_smoke_test_brings_back_what_ran(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    before = cloud.state.template
    changed = json.loads((cloud.folder / "template.json").read_text())
    changed["Description"] = "another"
    (cloud.folder / "template.json").write_text(json.dumps(changed))
    _built(cloud, IMAGE_TAG="c0ffee2")
    cloud.keep({"curl": 22, "live": {"its-ApiService": 4, "its-WorkerService": 1}})
    cloud.forget()
    told = cloud.deliver(shop(), staging(), IMAGE_TAG="c0ffee2")
    assert told.startswith("smoke: ")
    assert "back to c0ffee1" in told
    forth, back = _deployed(cloud)
    assert (forth["ImageTag"], back["ImageTag"]) == ("c0ffee2", "c0ffee1")
    assert back["ApiDesiredCount"] == "4"
    assert cloud.state.template == before
    assert not cloud.calls("aws cloudfront")


def test_an_update_that_cloudformation_undid_is_not_undone_again(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    cloud.keep({"deploy": False})
    _built(cloud, IMAGE_TAG="c0ffee2")
    cloud.forget()
    told = cloud.deliver(shop(), staging(), IMAGE_TAG="c0ffee2")
    assert told.startswith("update: ")
    assert len(_deployed(cloud)) == 1


def test_a_job_that_is_new_in_the_stack_runs_after_the_update(cloud: Cloud) -> None:
    _built(cloud)
    template = json.loads((cloud.folder / "template.json").read_text())
    task = template["Resources"].pop("MigrateTask")
    (cloud.folder / "template.json").write_text(json.dumps(template))
    stage = staging()
    for step in ("template", "prepare"):
        assert cloud.step(step, shop(), stage).returncode == 0
    assert "MigrateTask" not in cloud.state.template["Resources"]
    template["Resources"]["MigrateTask"] = task
    (cloud.folder / "template.json").write_text(json.dumps(template))
    for step in ("template", "promote"):
        assert cloud.step(step, shop(), stage).returncode == 0
    migrated = cloud.step("migrate", shop(), stage)
    assert "warning: MigrateTask is new" in migrated.stderr
    assert not cloud.calls("aws ecs run-task")
    assert cloud.step("update", shop(), stage).returncode == 0
    assert len(cloud.calls("aws ecs run-task")) == 1


def _put(cloud: Cloud) -> list[str]:
    """Give the files that were uploaded to the website's bucket, in their order of classes."""
    kinds = [
        (Path(words[-4]).name, words[-1]) for words in cloud.calls("aws s3 cp --quiet --recursive")
    ]
    assert {(kind, "immutable" in cache) for kind, cache in kinds} <= {
        ("hashed", True),
        ("files", False),
        ("pages", False),
    }
    return [kind for kind, _ in kinds]


def _invalidated(cloud: Cloud) -> list[str]:
    found = cloud.calls("aws cloudfront create-invalidation")
    if not found:
        return []
    (words,) = found
    assert "its-WebDistribution" in words
    start = words.index("--paths") + 1
    return sorted(words[start : words.index("--query")])


def _bucket(cloud: Cloud) -> dict[str, str]:
    home = cloud.folder / "s3/its-WebBucket"
    return {
        str(each.relative_to(home)): each.read_text() for each in home.rglob("*") if each.is_file()
    }


def test_only_what_changed_of_a_website_is_uploaded_and_invalidated(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    assert _put(cloud) == ["files", "pages"]
    assert _bucket(cloud) == {"index.html": "one", "assets/app.js": "one", "old name.css": "one"}
    cloud.forget()
    (cloud.folder / "web/old name.css").unlink()
    _site(cloud.folder, {"index.html": "two", "new.js": "two"})
    assert cloud.step("site", shop(), staging()).returncode == 0
    assert _bucket(cloud) == {"index.html": "two", "assets/app.js": "one", "new.js": "two"}
    put = [words[-1] for words in cloud.calls("aws s3 cp") if "assets" in str(words)]
    assert put == []
    assert [w[-1] for w in cloud.calls("aws s3 rm")] == ["s3://its-WebBucket/old name.css"]
    assert _invalidated(cloud) == ["/", "/index.html", "/new.js", "/old%20name.css"]
    assert cloud.calls("aws cloudfront wait invalidation-completed")
    cloud.forget()
    assert cloud.step("site", shop(), staging()).returncode == 0
    assert _put(cloud) == []
    assert not cloud.calls("aws cloudfront")


def test_hashed_files_are_kept_by_browsers_and_pages_never(cloud: Cloud) -> None:
    _built(cloud)
    _site(cloud.folder, {"static/js/main.3f2a1b9c.js": "a", "assets/index-BkX3b2Qe.css": "a"})
    assert cloud.deliver(shop(), staging()) == ""
    told = {
        Path(words[-4]).name: words[-1] for words in cloud.calls("aws s3 cp --quiet --recursive")
    }
    assert told["hashed"] == "public, max-age=31536000, immutable"
    assert told["pages"] == told["files"]
    assert told["pages"].startswith("public, max-age=0, must-revalidate")
    assert _put(cloud) == ["hashed", "files", "pages"]


@pytest.mark.parametrize(
    ("name", "hashed"),
    [
        ("static/js/main.3f2a1b9c.js", True),
        ("static/js/main.3f2a1b9c.js.map", True),
        ("static/media/logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg", True),
        ("assets/index-BkX3b2Qe.js", True),
        ("index.html", False),
        ("app-component.js", False),
        ("user-guide-v2.pdf", False),
        ("icon-size1024.png", False),
        ("assets/icon-size1024.png", False),
        ("menu-20261121.pdf", False),
        ("photo-Summer24.jpg", False),
        ("3f2a1b9c/app.js", False),
        ("favicon.ico", False),
    ],
)
def test_only_a_name_with_a_hash_in_it_is_kept_for_ever(name: str, hashed: bool) -> None:
    body = script().split("is_hashed() {")[1].split("\n}\n")[0]
    asked = subprocess.run(
        ["bash", "-c", f'is_hashed() {{{body}\n}}\nis_hashed "$1"', "ask", name], check=False
    )
    assert (asked.returncode == 0) == hashed


def test_what_an_open_page_asks_for_stays_until_the_next_delivery(cloud: Cloud) -> None:
    old, new = "static/main.3f2a1b9c.js", "static/main.aa00bb11.js"
    _built(cloud)
    _site(cloud.folder, {old: "one"})
    assert cloud.deliver(shop(), staging()) == ""
    (cloud.folder / "web" / old).unlink()
    _site(cloud.folder, {new: "two", "index.html": "two"})
    cloud.forget()
    assert cloud.step("site", shop(), staging()).returncode == 0
    assert _bucket(cloud).keys() >= {old, new}
    assert _invalidated(cloud) == ["/", "/index.html"]
    _site(cloud.folder, {"index.html": "three"})
    assert cloud.step("site", shop(), staging()).returncode == 0
    assert old not in _bucket(cloud)
    assert new in _bucket(cloud)


def test_a_website_comes_back_with_what_ran_before(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    before = _bucket(cloud)
    (cloud.folder / "web/old name.css").unlink()
    _site(cloud.folder, {"index.html": "two", "assets/app.js": "two", "new.js": "two"})
    # What is uploaded last fails, so that some of it is there and some is not.
    cloud.keep({"breaks": "/up/pages"})
    _built(cloud, IMAGE_TAG="c0ffee2")
    cloud.forget()
    stage = staging()
    for step in ("template", "prepare", "promote", "migrate", "update", "smoke"):
        assert cloud.step(step, shop(), stage, IMAGE_TAG="c0ffee2").returncode == 0
    assert cloud.step("site", shop(), stage, IMAGE_TAG="c0ffee2").returncode == 1
    assert _bucket(cloud)["assets/app.js"] == "two"
    cloud.keep({"breaks": ""})
    undone = cloud.step("rollback", shop(), stage, IMAGE_TAG="c0ffee2")
    assert undone.returncode == 0, undone.stderr
    assert "the website goes back" in undone.stderr
    assert _bucket(cloud) == before
    assert _deployed(cloud)[-1]["ImageTag"] == "c0ffee1"
    # And forth again: nothing was forgotten on the way.
    assert cloud.deliver(shop(), stage, IMAGE_TAG="c0ffee2") == ""
    assert _bucket(cloud) == {"index.html": "two", "assets/app.js": "two", "new.js": "two"}


def test_an_upload_that_ended_in_the_middle_is_done_again(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    (cloud.folder / "web/old name.css").unlink()
    _site(cloud.folder, {"index.html": "two", "assets/app.js": "two"})
    cloud.keep({"breaks": "/up/pages"})
    assert cloud.step("site", shop(), staging()).returncode == 1
    cloud.keep({"breaks": ""})
    cloud.forget()
    assert cloud.step("site", shop(), staging()).returncode == 0
    assert _bucket(cloud) == {"index.html": "two", "assets/app.js": "two"}
    assert _invalidated(cloud) == ["/", "/assets/app.js", "/index.html", "/old%20name.css"]


def test_a_website_without_a_page_is_not_uploaded(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    (cloud.folder / "web/index.html").unlink()
    done = cloud.step("site", shop(), staging())
    assert "there is no web/index.html to upload" in done.stderr
    assert "index.html" in _bucket(cloud)


def test_the_page_must_be_this_commits(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    (cloud.folder / "s3/its-WebBucket/index.html").write_text("another")
    done = cloud.step("page", shop(), staging())
    assert done.returncode == 1
    assert "does not give this commit's index.html" in done.stderr


@pytest.mark.parametrize(
    ("served", "answers"),
    [
        ("200 uvicorn", True),
        ("404 uvicorn", True),
        ("401", True),
        ("404 awselb/2.0", False),
        ("403 awselb/2.0", False),
        ("200 AmazonS3", False),
        ("403 CloudFront", False),
        ("502 uvicorn", False),
        ("000", False),
    ],
)
def test_a_routed_path_must_be_answered_by_the_service(
    cloud: Cloud, served: str, answers: bool
) -> None:
    cloud.keep({"stack": {"StackStatus": "CREATE_COMPLETE"}, "served": served})
    done = cloud.step("smoke", shop(), staging(), HEALTHY="", ANSWERED="/v1/")
    assert (done.returncode == 0) == answers, done.stderr
    if not answers:
        assert "no service answers at http://shop.example/v1/" in done.stderr


def test_what_a_rollout_did_to_the_traffic_stays(cloud: Cloud) -> None:
    made = of_example("assistant")
    stage = made.stages[0]
    (cloud.folder / "template.json").write_text(render_json(stage.graph))
    told = {"PARAMETER_HostedZoneId": "Z1", "PARAMETER_PagerAddress": "https://pager.example"}
    assert cloud.build(made, "eloquent-api").returncode == 0
    for step in ("template", "prepare", "promote"):
        done = cloud.step(step, made, stage, **told)
        assert done.returncode == 0, done.stderr
    assert _deployed(cloud)[0].keys() == {
        "ImageTag",
        "HostedZoneId",
        "PagerAddress",
        "EloquentApiDesiredCount",
    }
    cloud.keep({"weights": {"its-EloquentApiTargets": 0, "its-EloquentApiAlternateTargets": 100}})
    done = cloud.step("update", made, stage, **told)
    assert done.returncode == 0, done.stderr
    last = _deployed(cloud)[-1]
    assert last["EloquentApiTargetsWeight"] == "0"
    assert last["EloquentApiAlternateTargetsWeight"] == "100"


def test_a_parameter_without_a_default_must_be_told_at_first(cloud: Cloud) -> None:
    production = example().stages[1]
    (cloud.folder / "template.json").write_text(render_json(production.graph))
    assert cloud.step("template", example(), production).returncode == 0
    done = cloud.step("prepare", example(), production)
    assert done.returncode == 1
    assert "error: the variable HostedZoneId is not set" in done.stderr
    done = cloud.step("prepare", example(), production, PARAMETER_HostedZoneId="Z1")
    assert done.returncode == 0, done.stderr
    assert _deployed(cloud)[0]["HostedZoneId"] == "Z1"


def test_the_address_is_all_that_is_printed(cloud: Cloud) -> None:
    _built(cloud)
    assert cloud.deliver(shop(), staging()) == ""
    done = cloud.step("address", shop(), staging())
    assert (done.returncode, done.stdout) == (0, "http://shop.example\n")


def test_without_an_address_nothing_is_printed_in_its_place(cloud: Cloud) -> None:
    done = cloud.step("address", shop(), staging())
    assert done.returncode != 0
    assert done.stdout == ""


def test_a_stack_that_was_never_whole_is_told(cloud: Cloud) -> None:
    cloud.keep({"stack": {"StackStatus": "ROLLBACK_COMPLETE"}})
    done = cloud.step("prepare", shop(), staging())
    assert done.returncode == 1
    assert "Delete it, then deliver again." in done.stderr


@pytest.mark.parametrize("words", [[], ["deploy"], ["build"]])
def test_a_step_that_does_not_exist_is_an_error(cloud: Cloud, words: list[str]) -> None:
    assert cloud.run(*words).returncode == 1
    assert not cloud.calls()


def test_a_call_that_nothing_is_known_of_fails(cloud: Cloud) -> None:
    (cloud.folder / "delivery.sh").write_text("aws s3 ls")
    done = cloud.run()
    assert (done.returncode, done.stdout) == (99, "")
    assert "unknown: ['aws', 's3', 'ls']" in done.stderr


def test_a_program_tells_its_words_as_they_are(cloud: Cloud) -> None:
    words = ["--label", "", "two\nlines", "a  b", "ü*"]
    (cloud.folder / "delivery.sh").write_text('aws ecs wait "$@"')
    assert cloud.run(*words).returncode == 0
    assert cloud.calls() == [["aws", "ecs", "wait", *words]]
