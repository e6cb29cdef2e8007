// Images that go into albums: filed by the form of a selection, which makes an album where there is none of its title,
// and whose words the next page shows.

const AT_ONCE = 500; // images, of one selection

/**
 * File those of `rows` that have arrived and are to be in albums, in their order; those of an earlier time are
 * passed over. `file` sends what it is told and resolves to the answer; without one a row says `unfiled`.
 */
export async function fileInAlbums(rows, file, unfiled) {
  const arrived = rows.filter(row => row.image);
  for (const title of new Set(arrived.flatMap(row => [...row.albums]))) {
    const those = arrived.filter(row => row.albums.has(title));
    while (those.length) {
      const some = those.splice(0, AT_ONCE);
      for (const row of some) row.albums.delete(title);
      const ids = some.map(row => row.copy ?? row.image.id);
      const { status } = await file({ action: "file", album: title, images: ids });
      for (const row of some) {
        if (status !== 302) {
          row.albums.add(title);
          row.note(unfiled);
        } else if (row.notice === unfiled) row.note(""); // at an earlier time
      }
    }
  }
}
