rem Refresh the store every night by the Task Scheduler: run this file once, or type its line in the clone.
rem /ST is the time of the machine: this is 01:05 for one that runs on Moscow time.
schtasks /Create /F /TN allocator-refresh /SC DAILY /ST 01:05 /TR "\"%~dp0..\.venv\Scripts\allocator.exe\" refresh --quiet"
