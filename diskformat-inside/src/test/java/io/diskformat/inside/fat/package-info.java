@NullMarked
package io.diskformat.inside.fat;

import org.jspecify.annotations.NullMarked;
