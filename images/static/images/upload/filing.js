// Images of folders that become albums: filed by the form of a selection, whose words the next page shows.

const AT_ONCE = 500; // images, of one selection

/**
 * File those of `rows` that have arrived and are to be in an album, in their order; those of an earlier time are
 * passed over. `file` sends what it is told and resolves to the answer; without one a row says `unfiled`.
 */
export async function fileInAlbums(rows, file, unfiled) {
  const waiting = rows.filter(row => row.image && row.folderAlbum);
  for (const title of new Set(waiting.map(row => row.folderAlbum))) {
    const those = waiting.filter(row => row.folderAlbum === title);
    while (those.length) {
      const some = those.splice(0, AT_ONCE);
      for (const row of some) row.folderAlbum = "";
      const ids = some.map(row => row.copy ?? row.image.id);
      const { status } = await file({ action: "file", album: title, images: ids });
      if (status !== 302) for (const row of some) { row.folderAlbum = title; row.note(unfiled); }
    }
  }
}
