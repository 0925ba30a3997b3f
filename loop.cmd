:again
@cls & @call allocator %* & @timeout /t 60 /nobreak >nul & @goto again
