"""The keywords of the rows of before become tags, and figures are counted. The column stays as it is, for the code of
before reads it.

In batches, each written by itself, with as long a pause as the writing took. Whoever stops this can begin again. At a
million images it takes about a minute on either database; nothing waits for more than one batch.
"""

import time
from collections import Counter

from django.db import migrations, models, transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from images.catalogue.tag_names import fitting, key_of, slug_of

BATCH = 2_000
IN_LIBRARY = Q(deleted_at=None)
PUBLIC = IN_LIBRARY & Q(visibility="public")


def tag(apps, schema_editor):
    Image, Tag, Tagging = (apps.get_model("images", name) for name in ("Image", "Tag", "Tagging"))
    alias = schema_editor.connection.alias
    rows = Image.objects.using(alias).order_by("pk").values_list("pk", "keywords")
    keys = dict(Tag.objects.using(alias).values_list("key", "pk"))
    slugs, used = set(Tag.objects.using(alias).values_list("slug", flat=True)), Counter()
    batch = list(rows[:BATCH])
    while batch:
        started, last = time.monotonic(), batch[-1][0]
        kept = {pk: fitting(filter(lambda word: isinstance(word, str), words)) for pk, words in batch if words}
        names = {}
        for word in (word for words in kept.values() for word in words):
            names.setdefault(key_of(word), word)
        new = sorted(names.keys() - keys.keys())
        with transaction.atomic(using=alias):
            Tag.objects.using(alias).bulk_create(
                [Tag(key=key, name=names[key], slug=free(slug_of(key), slugs, used)) for key in new]
            )
            keys.update(Tag.objects.using(alias).filter(key__in=new).values_list("key", "pk"))
            Tagging.objects.using(alias).bulk_create(
                [Tagging(image_id=pk, tag_id=keys[key_of(word)]) for pk, words in kept.items() for word in words],
                ignore_conflicts=True,
                batch_size=BATCH,
            )
        if kept:
            time.sleep(time.monotonic() - started)
        batch = list(rows.filter(pk__gt=last)[:BATCH])


def free(base, slugs, used):
    """Return `base`, or `base` and a number, that is none of the slugs, and add it to them."""
    slug = base
    while slug in slugs:
        used[base] += 1
        slug = f"{base}-{used[base] + 1}"
    slugs.add(slug)
    return slug


def count(apps, schema_editor):
    Image, Tag, Tagging, Month = (apps.get_model("images", name) for name in ("Image", "Tag", "Tagging", "Month"))
    alias = schema_editor.connection.alias
    of_tags = Tagging.objects.using(alias).order_by().values_list("tag")
    figures = of_tags.annotate(
        public=Count("pk", filter=Q(image__deleted_at=None, image__visibility="public")),
        all=Count("pk", filter=Q(image__deleted_at=None)),
    )
    tags = [Tag(pk=pk, public=public, all=all_) for pk, public, all_ in figures]
    for start in range(0, len(tags), BATCH):
        Tag.objects.using(alias).bulk_update(tags[start : start + BATCH], ["public", "all"])
    of_months = Image.objects.using(alias).filter(deleted_at=None).order_by().annotate(month=TruncMonth("dated_at"))
    months = of_months.values_list("month").annotate(public=Count("pk", filter=PUBLIC), all=Count("pk"))
    Month.objects.using(alias).bulk_create(
        [Month(month=month.date(), public=public, all=all_) for month, public, all_ in months],
        update_conflicts=True,
        unique_fields=["month"],
        update_fields=["public", "all"],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("images", "0014_text_index")]

    operations = [
        migrations.AlterModelOptions(
            name='tag',
            options={'default_permissions': (), 'ordering': ('key',), 'verbose_name': 'tag', 'verbose_name_plural': 'tags'},
        ),
        migrations.AddField(
            model_name='tag',
            name='merging_into',
            field=models.ForeignKey(editable=False, null=True, on_delete=models.deletion.SET_NULL, related_name='merging', to='images.tag'),
        ),
        migrations.AlterField(
            model_name='image',
            name='keywords',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, editable=False),
        ),
        migrations.RunPython(tag, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
