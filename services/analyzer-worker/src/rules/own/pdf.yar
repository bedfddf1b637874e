rule pdf_launch
{
  meta:
    title = "A PDF that starts a program"
    explanation = "The PDF has an action that starts a program or opens a file when it is opened or clicked."
    weight = 65
    category = "malware"
  strings:
    $pdf = "%PDF-"
    $launch = /\/Launch[\s\/<>]/
    $target1 = "cmd.exe" nocase
    $target2 = "powershell" nocase
    $target3 = /\/F\s*\([^)]{1,200}\.(exe|js|vbs|bat|cmd|scr|lnk|hta|ps1)\)/ nocase
  condition:
    $pdf and @pdf[1] < 1024 and $launch and any of ($target*)
}
