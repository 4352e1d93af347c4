@NullMarked
package io.diskformat.inside.ext;

import org.jspecify.annotations.NullMarked;
