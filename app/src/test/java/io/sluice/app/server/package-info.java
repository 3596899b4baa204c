/** Tests of starting, and of what a node says of itself. */
@org.jspecify.annotations.NullMarked
package io.sluice.app.server;
