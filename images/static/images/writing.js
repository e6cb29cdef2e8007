// Where people write: nobody is taken away from that.

const FIELDS = "textarea, input:not([type=radio], [type=checkbox], [type=file])";

/** Tell whether the focus is in a field that takes text. */
export const isWriting = () => document.activeElement.matches(FIELDS);
