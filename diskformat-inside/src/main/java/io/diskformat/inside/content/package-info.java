/** What volumes hold, by the marks that file systems and others leave on them. */
@NullMarked
package io.diskformat.inside.content;

import org.jspecify.annotations.NullMarked;
