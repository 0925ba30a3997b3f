#!/bin/sh
while :; do clear; allocator "$@"; sleep 60; done
