// The viewer gives the page of an image as address without loading it. Where the person reloaded, browsers take
// Back and Forward between such addresses for steps within one page, and load nothing: so load it here.

const { pathname } = location;

addEventListener("popstate", () => {
  if (location.pathname !== pathname) location.reload();
});
