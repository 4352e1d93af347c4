@NullMarked
package io.diskformat.inside.content;

import org.jspecify.annotations.NullMarked;
