@NullMarked
package io.diskformat.imageservice;

import org.jspecify.annotations.NullMarked;
